import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IConstruct } from 'constructs';
import type { RunnerCode } from '../engines/engine.ts';
import { APPROVALS_FILE, type PlacedApproval, readApprovals } from '../intent/approvals.ts';
import { IMAGES_FILE, type PlacedImage, readImages } from '../intent/images.ts';
import type { ProjectConfig } from '../intent/project.ts';
import { readProject } from '../intent/read-project.ts';
import type { ExternalRevision, Lock } from '../lock/lock.ts';
import { type LockKey, lockPath, readLock } from '../lock/read.ts';
import { ofParts } from '../plan/uses.ts';
import { nearest, type Problem, ProblemError } from '../schema/index.ts';
import type { Neighbours } from './queue.ts';
import { checkSigning } from './signing.ts';

/** How a run looks at the project; what the CLI's flags say. */
export interface ProjectOptions {
  /** Folder of `tidegate.yaml`, `lock/` and `dist/`. @default the working directory */
  readonly directory?: string;
  /** Only these targets. @default all */
  readonly targets?: readonly string[];
  /** Look at unchanged intents anew, with the defaults of today. @default false */
  readonly refresh?: boolean;
  /** Only the output of these releases is wanted: to them, all others are as Git has them. @default all */
  readonly only?: readonly string[];
  /** Releases that get their first lock entry. @default none */
  readonly initial?: readonly string[];
  /** Releases that start again although their candidate was given up. @default none */
  readonly retry?: readonly string[];
  /** The proven revision to bring back, by path of the lock. @default none */
  readonly rollbacks?: ReadonlyMap<string, string>;
  /** Texts that stand for files, by path, as if they were written already; null: as if there were none. @default what is on disk */
  readonly texts?: ReadonlyMap<string, string | null>;
  /** Rules judge what comes of the run: what they find does not end it. @default false */
  readonly judged?: boolean;
  /** What runs already and becomes stable in that entry, of one release on one target. @default what its intent describes */
  readonly adopted?: ExternalRevision;
}

/** What others must know of a release that the app declares. */
export interface DeclaredRelease {
  namespaceOn(target: string): string;
  /** @param compile now, where it was not; else null then */
  lockOn(target: string, compile: boolean): Lock | null;
}

/** The repository as releases see it: its configuration, its locks, its approvals, the code that goes into the cluster. Reads, never writes. */
export class Project {
  /** The project of a construct: the one that the CLI set up, else the one of the working directory. */
  static of(scope: IConstruct): Project {
    const shared = globalThis as { [CURRENT]?: Project };
    if (shared[CURRENT]) return shared[CURRENT];
    const known = ofRoot.get(scope.node.root);
    if (known) return known;
    const project = new Project();
    ofRoot.set(scope.node.root, project);
    return project;
  }

  /** Folder of the project that the CLI set up, else the working directory: for what is made outside of a construct. */
  static directory(): string {
    return (globalThis as { [CURRENT]?: Project })[CURRENT]?.directory ?? process.cwd();
  }

  /** Makes `project` the one of every construct until `action` has ended. */
  static async during<T>(project: Project, action: () => Promise<T>): Promise<T> {
    const shared = globalThis as { [CURRENT]?: Project };
    shared[CURRENT] = project;
    try {
      return await action();
    } finally {
      delete shared[CURRENT];
    }
  }

  readonly directory: string;
  readonly config: ProjectConfig;
  /** What `approvals.yaml` says, of whatever release and plan. */
  readonly approvals: readonly PlacedApproval[];
  /** What `images.yaml` says, of whatever release and target. */
  readonly images: readonly PlacedImage[];
  /** Names of the targets of this run. */
  readonly targets: readonly string[];
  /** Whether this run is about all targets. */
  readonly whole: boolean;
  readonly refresh: boolean;
  readonly judged: boolean;
  readonly adopted: ExternalRevision | null;
  readonly #only: readonly string[] | null;
  readonly #initial: ReadonlySet<string>;
  readonly #retry: ReadonlySet<string>;
  readonly #rollbacks: ReadonlyMap<string, string>;
  readonly #texts: ReadonlyMap<string, string | null>;
  readonly #declared = new Map<string, DeclaredRelease>();

  /** @throws ProblemError when `tidegate.yaml`, `approvals.yaml` or `images.yaml` is wrong, or a target is not in the former */
  constructor(options: ProjectOptions = {}) {
    const {
      directory = process.cwd(),
      targets,
      refresh = false,
      only,
      judged = false,
      initial = [],
      retry = [],
      rollbacks,
      texts,
      adopted,
    } = options;
    this.directory = resolve(directory);
    this.#texts = texts ?? new Map();
    this.#rollbacks = rollbacks ?? new Map();
    this.#retry = new Set(retry);
    this.config = readProject(this.#read('tidegate.yaml'));
    checkSigning(this.config, this.#read('tidegate.yaml'));
    this.approvals = readApprovals(this.approvalsText());
    this.images = readImages(this.imagesText());
    const declared = Object.keys(this.config.targets);
    const unknown = (targets ?? []).filter((target) => !declared.includes(target));
    if (unknown.length > 0) throw new ProblemError(unknown.map((target) => unknownTarget(target, declared)));
    this.targets = targets ? [...new Set(targets)] : declared;
    this.whole = targets === undefined;
    this.refresh = refresh;
    this.judged = judged;
    this.#only = only ?? null;
    this.#initial = new Set(initial);
    this.adopted = adopted ?? null;
  }

  /** What tells this program from every other one, of another version or another day. @throws Error when the package was not built */
  static identity(): string {
    return readBundle('identity');
  }

  /** Another release of the app by its name, for those that wait for it. */
  declare(name: string, release: DeclaredRelease): void {
    this.#declared.set(name, release);
  }

  /** The other releases of a release's target and namespace. */
  neighbours({ target, namespace }: LockKey): Neighbours {
    const lockOf = (release: string, compile: boolean): Lock | null => {
      const declared = this.#only === null || this.#only.includes(release) ? this.#declared.get(release) : undefined;
      const known = declared?.namespaceOn(target) === namespace ? declared.lockOn(target, compile) : null;
      if (known) return known;
      const key = { target, namespace, release };
      const text = this.lockText(key);
      return text === null ? null : readLock(text, key);
    };
    return { next: (release) => lockOf(release, true), now: (release) => lockOf(release, false) };
  }

  /** Text of the lock of a release on a target; null where there is none. */
  lockText(key: LockKey): string | null {
    return this.#read(lockPath(key));
  }

  /** The release record of a plan: where it is, and its text; null where there is none. */
  record({ target, release }: LockKey, plan: string): { readonly path: string; readonly text: string | null } {
    const path = `releases/${target}/${release}/${plan}.json`;
    return { path, text: this.#read(path) };
  }

  /** Numbers of the attempts of a release on a target that have a release record. */
  recordedAttempts({ target, namespace, release }: LockKey): readonly number[] {
    const folder = `releases/${target}/${release}`;
    return this.#unlessAbsent(folder, [], (path) => readdirSync(path))
      .filter((file) => file.endsWith('.json'))
      .flatMap((file) => {
        const record = parsedRecord(this.#read(`${folder}/${file}`) ?? '');
        return record?.namespace === namespace && typeof record.attempt === 'number' ? [record.attempt] : [];
      });
  }

  /** Text of a file of the project's own folder, such as `tidegate.yaml`; null where there is none. */
  text(file: string): string | null {
    return this.#read(file);
  }

  /** Text of `approvals.yaml`; null where there is none. */
  approvalsText(): string | null {
    return this.#read(APPROVALS_FILE);
  }

  /** Text of `images.yaml`; null where there is none. */
  imagesText(): string | null {
    return this.#read(IMAGES_FILE);
  }

  /** Text of `tidegate.waivers.yaml`; null where there is none. */
  waiversText(): string | null {
    return this.#read('tidegate.waivers.yaml');
  }

  /** Locks that are there, of the targets of this run, in the order of their paths; without `targets`, of whatever target. */
  lockKeys(): readonly LockKey[] {
    return (this.whole ? this.#list('lock') : this.targets).flatMap((target) =>
      this.#list(`lock/${target}`).flatMap((namespace) =>
        this.#list(`lock/${target}/${namespace}`)
          .filter((file) => file.endsWith('.yaml'))
          .map((file) => ({ target, namespace, release: file.slice(0, -'.yaml'.length) }))
          .filter((key) => this.#texts.get(lockPath(key)) !== null),
      ),
    );
  }

  /** Whether there are locks on disk, also where this run takes them away. */
  get hasLocks(): boolean {
    return this.#list('lock').some((target) =>
      this.#list(`lock/${target}`).some((namespace) => this.#list(`lock/${target}/${namespace}`).length > 0),
    );
  }

  /** Locks of a release, on whatever target, also one that this run is not about. */
  keysOf(release: string): readonly LockKey[] {
    return this.#list('lock').flatMap((target) =>
      this.#list(`lock/${target}`)
        .map((namespace) => ({ target, namespace, release }))
        .filter((key) => this.lockText(key) !== null),
    );
  }

  /** YAML files below `charts/`, in the order of their paths, whatever they hold. */
  writtenCharts(): readonly { readonly path: string; readonly text: string }[] {
    const below = (folder: string): readonly string[] =>
      this.#unlessAbsent(folder, [], (path) => readdirSync(path, { withFileTypes: true }))
        .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
        .flatMap((entry) => {
          const path = `${folder}/${entry.name}`;
          return entry.isDirectory() ? below(path) : /\.ya?ml$/.test(entry.name) ? [path] : [];
        });
    return [...below('charts')].sort().map((path) => ({ path, text: this.#read(path) ?? '' }));
  }

  /** Whether this run makes the release's first lock entry. */
  isInitial(release: string): boolean {
    return this.#initial.has(release);
  }

  /** Whether this run releases again what was given up of a release. */
  isRetried(release: string): boolean {
    return this.#retry.has(release);
  }

  /** Name of the proven revision that this run brings back; null: none. */
  rollbackOf(key: LockKey): string | null {
    return this.#rollbacks.get(lockPath(key)) ?? null;
  }

  /** The programs that are shipped into the cluster. @throws Error when the package was not built */
  get code(): RunnerCode {
    code ??= {
      runner: readBundle('runner.mjs'),
      smoke: readBundle('smoke.mjs'),
      notify: readBundle('notify.mjs'),
      parts: ofParts((name) => readBundle(`${name}.mjs`)),
    };
    return code;
  }

  #read(path: string): string | null {
    const text = this.#texts.get(path);
    return text === undefined ? this.#unlessAbsent(path, null, (file) => readFileSync(file, 'utf8')) : text;
  }

  #list(path: string): readonly string[] {
    const folders = (entries: readonly Dirent[]) => entries.filter((entry) => entry.isDirectory() || entry.name.endsWith('.yaml'));
    return this.#unlessAbsent(path, [], (folder) =>
      folders(readdirSync(folder, { withFileTypes: true }))
        .map(({ name }) => name)
        .sort(),
    );
  }

  #unlessAbsent<T>(path: string, absent: T, read: (file: string) => T): T {
    try {
      return read(join(this.directory, path));
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return absent;
      throw new ProblemError([{ message: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.` }]);
    }
  }
}

/** One that cannot be read is for `tidegate history` to tell. */
function parsedRecord(text: string): { readonly namespace?: unknown; readonly attempt?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unknownTarget(target: string, declared: readonly string[]): Problem {
  const meant = nearest(target, declared);
  return {
    message: `there is no target '${target}'${meant ? `; did you mean '${meant}'?` : '.'}`,
    help: `tidegate.yaml declares ${declared.join(', ')}.`,
  };
}

const CURRENT = Symbol.for('tidegate.project');
const ofRoot = new WeakMap<IConstruct, Project>();
let code: RunnerCode | undefined;

/** A file of `build/`, from wherever this module was loaded: `build/chunks/` or `lib/constructs/`. */
function readBundle(name: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    try {
      return readFileSync(join(folder, 'build', name), 'utf8');
    } catch {
      // one folder up, until the package's own
    }
  }
  throw new Error(`build/${name} is missing: run \`npm run build\` in the tidegate package`);
}
