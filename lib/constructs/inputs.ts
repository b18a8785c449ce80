import { createHash } from 'node:crypto';
import { APPROVALS_FILE } from '../intent/approvals.ts';
import { IMAGES_FILE } from '../intent/images.ts';
import { lockPath } from '../lock/read.ts';
import type { Declared } from './collect.ts';
import { Project } from './project.ts';
import type { Release } from './release.ts';

/** All that a run's result follows from, as hashes. */
export interface Inputs {
  readonly digest: string;
  /** The locks that it looked at, by their paths: hashes of their texts, null for one that is not there. */
  readonly locks: ReadonlyMap<string, string | null>;
}

/**
 * What a synth of all releases follows from: what the app has declared, as data; the locks; the project's files; this
 * program. Where a chart stands is no part of it: that is told of what is wrong, and of that no result is kept.
 * @param settings what else decides, such as options
 * @returns null where something is wrong, or cannot be told from something else
 */
export function inputsOf(all: readonly Declared[], project: Project, settings: unknown): Inputs | null {
  const digest = createHash('sha256');
  const add = (...parts: unknown[]) => digest.update(`${JSON.stringify(parts)}\n`);
  const locks = new Map<string, string | null>();
  add(Project.identity(), process.version, settings, project.targets, project.whole, project.refresh);
  add(...PROJECT_FILES.map((file) => project.text(file)));
  add(project.lockKeys().map(lockPath));
  for (const one of all)
    switch (one.kind) {
      case 'problems':
        return null;
      case 'release':
        if (one.intent === null) return null;
        add('release', one.release.name, one.release.namespace, one.intent, one.unseen === null);
        for (const [path, text] of locksOf(one.release, project)) {
          locks.set(path, text === null ? null : createHash('sha256').update(text).digest('hex'));
          add(path, locks.get(path));
        }
        break;
      case 'object': {
        const { owner, release, targets, object } = one.of;
        try {
          add('object', owner, release, targets, object);
        } catch {
          // What JSON does not know is refused when it is written.
          return null;
        }
        break;
      }
      default:
        one satisfies never;
    }
  // What leaves without a chart follows from its lock alone, and is rare.
  if (project.lockKeys().some((key) => !locks.has(lockPath(key)))) return null;
  return { digest: digest.digest('hex'), locks };
}

const PROJECT_FILES = ['tidegate.yaml', 'tidegate.waivers.yaml', IMAGES_FILE, APPROVALS_FILE];

function* locksOf(release: Release, project: Project): Iterable<readonly [path: string, text: string | null]> {
  for (const target of project.targets)
    for (const on of [target, project.config.targets[target]?.provenOn]) {
      if (on == null) continue;
      const key = { target: on, namespace: release.namespaceOn(on), release: release.name };
      yield [lockPath(key), project.lockText(key)];
    }
}
