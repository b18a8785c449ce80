import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { IConstruct } from 'constructs';
import { PROJECT_FILE, placeInProject } from '../intent/read-project.ts';
import { describeChange } from '../lock/change.ts';
import type { Lock } from '../lock/lock.ts';
import { lockPath } from '../lock/read.ts';
import { writeLock } from '../lock/write.ts';
import type { Texts } from '../output/files.ts';
import { toYaml } from '../output/yaml.ts';
import type { Plan } from '../plan/plan.ts';
import { type Problem, ProblemError } from '../schema/index.ts';
import { nearest } from '../schema/nearest.ts';
import { hasSchema } from '../schema/validate.ts';
import { checkTogether } from './check.ts';
import { idleImages } from './check-images.ts';
import { checkOrder } from './check-order.ts';
import { type Collected, compiled, type Declared, declared, type Manifest } from './collect.ts';
import { planOf } from './compile.ts';
import { DEFAULT_APP } from './default-app.ts';
import { manifestPaths } from './layout.ts';
import { Project } from './project.ts';
import type { ReleaseOnTarget } from './release.ts';
import { missingApp, runApp } from './run-app.ts';
import { undeclared } from './undeclared.ts';
import { writtenReleases } from './written-releases.ts';

/** What a run of `synth` is about to write, and what it says about it. */
export interface Synthesis {
  /** Text of every manifest, by its path below the output folder; made each time it is asked for. */
  readonly manifests: Texts;
  /** Text of every lock, by its path in the repository; made each time it is asked for. */
  readonly locks: Texts;
  readonly releases: readonly ReleaseSummary[];
  /** Objects whose kind has no schema: written, but unchecked. */
  readonly unchecked: readonly { readonly apiVersion: string; readonly kind: string; readonly count: number }[];
  /** Each manifest with the line that caused it, for linters; never written. */
  readonly sources: readonly (Manifest & { readonly path: string })[];
}

/** One line of the table. */
export interface ReleaseSummary {
  readonly release: string;
  readonly target: string;
  readonly namespace: string;
  readonly lock: Lock;
  /** The plan in flight, or the one that a release would have. */
  readonly plan: Plan;
  readonly objects: number;
  readonly change: string;
}

/**
 * Runs an app and turns it into texts; nothing is written.
 * @param only releases whose output is wanted; null for all
 * @throws ProblemError with everything that is wrong, all together
 */
export async function synthesize(app: string, project: Project, only: readonly string[] | null = null): Promise<Synthesis> {
  return compile(await declare(app, project), project, only);
}

/** Runs an app; of its releases nothing is compiled that it does not ask for itself. @throws ProblemError where it does not run to its end */
export async function declare(app: string, project: Project): Promise<readonly Declared[]> {
  const apps = await appsOf(app, project);
  return Project.during(project, async () => declared(apps, project));
}

/** What an app has declared, as texts. @throws ProblemError with everything that is wrong, all together */
export async function compile(all: readonly Declared[], project: Project, only: readonly string[] | null): Promise<Synthesis> {
  const present = await Project.during(project, async () => compiled(all, project));
  const { leaving, manifests: staying, problems: orphans } = undeclared(present, project);
  const collected: Collected = { ...present, manifests: [...present.manifests, ...staying] };
  const wanted = (owner: string) => only === null || only.includes(owner);
  const problems = [
    ...collected.problems,
    ...collected.releases.flatMap(({ release }) => (wanted(release.name) ? release.problems : [])),
    ...checkTogether(collected, project.config.targets),
    ...checkOrder(collected, project.config.groups, (group) => placeInProject(project.text(PROJECT_FILE) ?? '', ['groups', group])),
    ...unknownReleases(collected, leaving, only ?? []),
    // Orphans may as well be of an app that nobody named.
    ...(orphans.length > 0 && present.releases.length === 0 && !hasApp(DEFAULT_APP, project) ? [missingApp(DEFAULT_APP)] : []),
    ...orphans,
    ...idleImages(collected, project),
  ];
  if (problems.length > 0) throw new ProblemError(inOrder(problems));

  // By folder: a chart may have the name of its release, and what else it makes lies in the same one.
  const manifests = collected.manifests.filter(({ owner }) => wanted(owner));
  const paths = manifestPaths(manifests);
  const releases = [
    ...collected.releases.flatMap(({ release }) => (wanted(release.name) ? release.targets : [])),
    ...leaving.filter(({ lock }) => wanted(lock.release)),
  ];
  return {
    manifests: textsOf(
      manifests.map((manifest) => [paths.get(manifest) ?? '', manifest.object]),
      (object) => HEADER + toYaml(object),
    ),
    locks: textsOf(
      releases.map(({ lock }) => [lockPath(lock), lock]),
      writeLock,
    ),
    releases: summarize(releases, manifests, project),
    unchecked: countUnchecked(manifests),
    sources: manifests.map((manifest) => ({ ...manifest, path: paths.get(manifest) ?? '' })),
  };
}

/** The program and the YAML intents beside it. It may be missing where there are such, and where the last of them has left. */
async function appsOf(app: string, project: Project): Promise<readonly IConstruct[]> {
  const written = await writtenReleases(project);
  const none = app === DEFAULT_APP && !hasApp(app, project) && (written !== null || project.hasLocks);
  return [...(none ? [] : await runApp(app, project)), ...(written ? [written] : [])];
}

const hasApp = (app: string, { directory }: Project): boolean => existsSync(join(directory, app));

function textsOf<T>(all: readonly (readonly [path: string, of: T])[], write: (of: T) => string): Texts {
  const byPath = new Map(all);
  return {
    keys: () => byPath.keys(),
    get: (path) => {
      const of = byPath.get(path);
      return of === undefined ? undefined : write(of);
    },
  };
}

const HEADER = '# Generated by `tidegate synth`; edit charts/ and run it again.\n';

function summarize(
  releases: readonly ReleaseOnTarget[],
  manifests: readonly Manifest[],
  { config, code }: Project,
): readonly ReleaseSummary[] {
  const counts = new Map<string, number>();
  const key = (release: string | null, target: string) => `${target}/${release ?? ''}`;
  for (const { release, target } of manifests) counts.set(key(release, target), (counts.get(key(release, target)) ?? 0) + 1);
  return releases.map(({ target, before, lock }) => {
    const { release, namespace } = lock;
    const { plan } = planOf(lock, { target, project: config, code });
    const objects = counts.get(key(release, target)) ?? 0;
    return { release, target, namespace, lock, plan, objects, change: describeChange(before, lock) };
  });
}

function unknownReleases({ releases }: Collected, leaving: readonly ReleaseOnTarget[], named: readonly string[]): readonly Problem[] {
  const known = [...releases.map(({ release }) => release.name), ...leaving.map(({ lock }) => lock.release)];
  return named
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return {
        message: `there is no release '${name}'${meant ? `; did you mean '${meant}'?` : '.'}`,
        help: `The app declares ${known.join(', ') || 'none'}.`,
      };
    });
}

function countUnchecked(manifests: readonly Manifest[]): Synthesis['unchecked'] {
  const counts = new Map<string, { apiVersion: string; kind: string; count: number }>();
  for (const { apiVersion, kind } of manifests.map(({ object }) => object)) {
    if (hasSchema(apiVersion, kind)) continue;
    const key = `${apiVersion} ${kind}`;
    counts.set(key, { apiVersion, kind, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** By file and line, so that a run says the same whatever order it found them in. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const key = ({ at, path, message }: Problem) => [at?.file ?? '', String(at?.line ?? 0).padStart(8, '0'), path ?? '', message].join('\0');
  const unique = new Map(problems.map((problem) => [key(problem), problem]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, problem]) => problem);
}
