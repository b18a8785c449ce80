// The two sides of `tidegate diff`: what Git said at a commit, and what it says once this working tree is committed.
import { parse } from 'yaml';
import { planOf } from '../constructs/compile.ts';
import { Project } from '../constructs/project.ts';
import { type Synthesis, synthesize } from '../constructs/synthesize.ts';
import type { ManifestFile, ReleaseState, Side } from '../gitops/diff.ts';
import type { ProjectConfig } from '../intent/project.ts';
import { PROJECT_FILE, readProject } from '../intent/read-project.ts';
import { type LockKey, readLock } from '../lock/read.ts';
import { readOwnYaml } from '../output/read-yaml.ts';
import type { SourceText } from '../policy/read/objects.ts';
import { WAIVERS_FILE } from '../policy/waivers.ts';
import { formatProblem, type KubeObject, ProblemError } from '../schema/index.ts';
import { type Base, baseOf, defaultBase, textsOf } from './base.ts';
import { writesOf } from './write.ts';

export interface SidesOptions {
  /** Folder of the project. */
  readonly directory: string;
  /** Null: the branch that the repository came from. */
  readonly base: string | null;
  readonly app: string;
  readonly out: string;
  /** Only these; empty for all. */
  readonly targets: readonly string[];
  readonly releases: readonly string[];
}

export interface Sides {
  readonly base: Base & { readonly ref: string };
  readonly before: Side;
  readonly after: Side;
  /** What a reader must know to trust it: what could not be read or found, and what is not compiled yet. */
  readonly notes: readonly string[];
}

/**
 * Compiles the working tree in memory, and reads the other side from git's objects; nothing is written.
 * @throws UsageError where there is no such commit
 * @throws ProblemError where the working tree does not compile
 */
export async function sidesOf(options: SidesOptions): Promise<Sides> {
  const { directory, app, out, targets, releases } = options;
  const ref = options.base ?? defaultBase(directory);
  const base = { ref, ...baseOf(ref, directory) };
  const notes: string[] = [];
  if (base.how === 'itself')
    notes.push(
      `The history here is too short to find the commit that this shares with ${ref}, so it is compared with ${ref} itself: what came there meanwhile looks taken back. Fetch more, as with \`git fetch --unshallow\` or \`fetch-depth: 0\`.`,
    );
  const texts = textsOf(base.commit, ['lock', out, PROJECT_FILE, WAIVERS_FILE], directory);
  const project = new Project({ directory, ...(targets.length > 0 ? { targets } : {}) });
  const only = releases.length > 0 ? releases : null;
  const synthesis = await synthesize(app, project, only);
  const stale = writesOf(synthesis, project, out, only === null);
  const count = stale.added.length + stale.changed.length + stale.removed.length;
  if (count > 0)
    notes.push(
      `${count} ${count === 1 ? 'file of the output is' : 'files of the output are'} not written yet: run \`tidegate synth\` and commit dist/ and lock/.`,
    );
  const wanted = ({ target, release }: Omit<LockKey, 'namespace'>) => project.targets.includes(target) && (only?.includes(release) ?? true);
  return { base, before: sideAt(texts, out, base.commit, project, wanted, notes), after: sideOf(synthesis, out, project), notes };
}

function sideOf(synthesis: Synthesis, out: string, project: Project): Side {
  return {
    releases: synthesis.releases.map(({ lock, plan }) => ({ lock, plan })),
    manifests: synthesis.sources.map(({ path, object }) => ({ file: `${out}/${path}`, text: synthesis.manifests.get(path) ?? '', object })),
    repository: repositoryFacts(project.config, project.waiversText()),
  };
}

type Wanted = (key: Omit<LockKey, 'namespace'>) => boolean;

function sideAt(texts: readonly SourceText[], out: string, commit: string, project: Project, wanted: Wanted, notes: string[]): Side {
  const textOf = (file: string) => texts.find(({ name }) => name === file)?.text ?? null;
  const config = configAt(textOf(PROJECT_FILE), commit, notes);
  const releases = texts.flatMap((text): ReleaseState[] => {
    const [, target, namespace, release] = /^lock\/([^/]+)\/([^/]+)\/([^/]+)\.yaml$/.exec(text.name) ?? [];
    if (target === undefined || namespace === undefined || release === undefined || !wanted({ target, release })) return [];
    try {
      const lock = readLock(text.text, { target, namespace, release });
      return [{ lock, plan: planOf(lock, { target, project: config ?? project.config, code: project.code }).plan }];
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const [problem] = error.problems;
      notes.push(
        `${text.name} cannot be read at ${commit.slice(0, 12)}, so ${release} looks new: ${problem ? formatProblem({ message: problem.message }) : ''}`,
      );
      return [];
    }
  });
  const manifests = texts.filter(({ name }) => name.startsWith(`${out}/`) && name.endsWith('.yaml'));
  return {
    releases,
    manifests: manifests.filter(({ name }) => isWanted(name.slice(out.length + 1), wanted)).map(manifestOf),
    repository: config && repositoryFacts(config, textOf(WAIVERS_FILE)),
  };
}

/** By its folder: `<target>/<namespace>/<release>/<file>`. */
function isWanted(path: string, wanted: Wanted): boolean {
  const [target = '', , release = ''] = path.split('/');
  return wanted({ target, release });
}

/** Read as an object only where it is looked at: most files are as they were. */
function manifestOf({ name, text }: SourceText): ManifestFile {
  return {
    file: name,
    text,
    get object() {
      const value = readOwnYaml(text)?.value ?? dataOf(text);
      const isObject = typeof value === 'object' && value !== null && 'kind' in value && 'metadata' in value;
      return isObject ? (value as KubeObject) : null;
    },
  };
}

function configAt(text: string | null, commit: string, notes: string[]): ProjectConfig | null {
  try {
    return readProject(text);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    notes.push(`${PROJECT_FILE} cannot be read at ${commit.slice(0, 12)}, so what changes in it is not shown.`);
    return null;
  }
}

/** What holds for all releases, with waivers under what they accept. */
function repositoryFacts(config: ProjectConfig, waivers: string | null): unknown {
  const { waivers: written } = Object(waivers === null ? null : dataOf(waivers));
  const entries: readonly unknown[] = Array.isArray(written) ? written : [];
  return {
    ...config,
    waivers: entries.map((entry) => {
      const { rule, object, path = '', ...rest } = Object(entry);
      return { ...rest, name: `${rule} of ${object}${path}` };
    }),
  };
}

/** Null for what is no YAML. */
function dataOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
