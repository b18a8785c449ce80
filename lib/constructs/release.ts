import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { imageOn, isPinned, type PlacedImage } from '../intent/images.ts';
import type { Origins } from '../intent/layers.ts';
import { dnsLabelProblem } from '../intent/names.ts';
import { changedOn, intentOn, unknownTargets } from '../intent/on-target.ts';
import type { ReleaseIntent } from '../intent/release.ts';
import { readIntent } from '../intent/validate.ts';
import type { Lock } from '../lock/lock.ts';
import { readLock } from '../lock/read.ts';
import { formatProblem, type KubeObject, type Problem, ProblemError, type SourceLocation } from '../schema/index.ts';
import { causeOf } from './cause.ts';
import { type Compiled, compileRelease } from './compile.ts';
import { type Composition, composed, whence } from './compose.ts';
import { asEmitted, isEmittedPlainly } from './emitted.ts';
import { type LateChildren, lateChildren } from './late-children.ts';
import { changedProblem, type Owned, own } from './owned.ts';
import { Project } from './project.ts';
import { unprovenImages } from './proof.ts';
import { sourceOf } from './source.ts';
import { onlyOn, type StableRevision, stableOf } from './stable.ts';

const WITHIN = Symbol.for('tidegate.within');

/** A release on one target: what its lock was, is to be, and the objects that follow. */
export interface ReleaseOnTarget {
  readonly target: string;
  readonly before: Lock | null;
  readonly lock: Lock;
}

/**
 * One service and how its next version reaches users, as a construct: it composes with others in a chart, and its
 * objects are ordinary ApiObjects of the chart. What they are follows from the intent and the release's lock.
 *
 * Problems do not throw here: they are collected, and `cdk8s synth` and `tidegate synth` report all of them together.
 *
 * @example
 * new Release(chart, 'web', { image: 'registry.example.com/web:2.1.0@sha256:...', ports: { http: 8080 }, ... });
 */
export class Release extends Construct {
  /** Whether a construct is a Release, of whichever copy of this package. */
  static isRelease(construct: unknown): construct is Release {
    return typeof construct === 'object' && construct !== null && RELEASE in construct;
  }

  /** Name of the release, a DNS label of at most 40 characters that begins with a letter: first part of all its objects' names. */
  readonly name: string;
  readonly namespace: string;
  /** Lines of `images.yaml` that say what this release runs, on any target of the project. */
  readonly images: readonly PlacedImage[];
  readonly #asWritten: StableRevision;
  readonly #origins: Origins;
  readonly #targets: NonNullable<ReleaseIntent['targets']>;
  /** Null where something is wrong with it. */
  readonly #intent: ReleaseIntent | null;
  readonly #compile: () => Outcome;
  readonly #children: LateChildren;
  #outcome: Outcome | null = null;
  #compiling = false;

  /**
   * @param scope a chart, or a construct in one
   * @param name name of the release
   * @param written what a person writes, composed or not; checked here, also where types were cast away
   */
  constructor(scope: Construct, name: string, written: ReleaseIntent & Composition) {
    super(scope, name);
    Object.defineProperty(this, RELEASE, { value: true });
    this.name = name;
    const { intent, problems: miscomposed, origins } = composed(written);
    this.#origins = origins;
    this.namespace = Object(intent).namespace ?? Chart.of(this).namespace ?? 'default';
    this.#targets = Object(Object(intent).targets);
    const project = Project.of(this);
    const located = (problem: Problem): Problem => {
      const at = problem.at ?? sourceOf(this, project.directory, problem.path);
      return { ...whence(problem, origins, at), ...pathOf(name, problem) };
    };
    const reading = readIntent(intent);
    const misplaced = dnsLabelProblem(String(this.namespace), 'namespace');
    const wrong = [
      ...miscomposed.map((problem) => (problem.at && problem.path ? { ...problem, path: `${name}.${problem.path}` } : problem)),
      ...reading.problems,
      ...(reading.intent ? unknownTargets(reading.intent, Object.keys(project.config.targets)) : []),
      // of the intent, it has been told
      ...(misplaced !== null && Object(intent).namespace === undefined ? [{ message: `${misplaced}.`, help: "It is the chart's." }] : []),
    ];
    this.#intent = wrong.length === 0 ? reading.intent : null;
    this.#compile = () => {
      const outcomes = reading.intent
        ? project.targets.map((target) => this.#compileOn(target, reading.intent, project, wrong))
        : [{ problems: wrong }];
      const problems = outcomes.flatMap((outcome) => ('problems' in outcome ? outcome.problems : [])).map(located);
      return {
        problems: [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()],
        targets: outcomes.flatMap((outcome) => ('problems' in outcome ? [] : [outcome])),
      };
    };
    this.#children = lateChildren(this.node, () => {
      for (const on of this.#compiled.targets) this.#add(on);
    });
    this.#asWritten = { image: String(Object(intent).image), revision: name, version: null };
    this.images = Object.keys(project.config.targets).flatMap((target) => imageFor(name, reading.intent, target, project.images) ?? []);
    this.node.addValidation({ validate: () => this.problems.map(formatProblem) });
    project.declare(name, {
      namespaceOn: (target) => this.namespaceOn(target),
      lockOn: (target, compile) => this.#lockOn(target, compile),
    });
  }

  /** The targets on which the release could be compiled. */
  get targets(): readonly ReleaseOnTarget[] {
    return this.#compiled.targets;
  }

  /** What is wrong with the intent or its lock, each with the line that caused it. */
  get problems(): readonly Problem[] {
    return this.#compiled.problems;
  }

  /**
   * The proven revision, for objects beside the release that run the same image: workers, CronJobs, migrations.
   *
   * While the release has problems, which stop the run, it is what the intent says.
   * @throws ProblemError where targets have different ones, as while one goes first; `onEachTarget` has each
   */
  get stable(): StableRevision {
    const [first, ...others] = this.targets.map(({ target, lock }) => ({ target, ...stableOf(lock) }));
    if (!first) return this.#asWritten;
    const other = others.find(({ revision, image }) => revision !== first.revision || image !== first.image);
    if (other)
      throw new ProblemError([
        {
          message: `stable of release '${this.name}' is ${first.revision} on target '${first.target}' and ${other.revision} on target '${other.target}'.`,
          help: 'Make what uses it in `release.onEachTarget((scope, { stable }) => ...)`.',
        },
      ]);
    const { target: _, ...stable } = first;
    return stable;
  }

  /** Namespace of the release's objects on a target. */
  namespaceOn(target: string): string {
    return (Object.hasOwn(this.#targets, target) ? Object(this.#targets[target]).namespace : undefined) ?? this.namespace;
  }

  /**
   * Makes objects for each target of this run from what is stable there; each is emitted for that target alone.
   *
   *     release.onEachTarget((scope, { stable }) => new CronJob(scope, 'cleanup', { containers: [{ image: stable.image }] }));
   */
  onEachTarget(make: (scope: Construct, on: { readonly target: string; readonly stable: StableRevision }) => void): void {
    for (const { target, lock } of this.targets) {
      const scope = new Construct(this, `beside-${target}`);
      onlyOn(scope, target);
      make(scope, { target, stable: stableOf(lock) });
    }
  }

  /** What this run leaves of it on a target; null: it is not known by now, or nobody compiles it. */
  #lockOn(target: string, compile: boolean): Lock | null {
    // One that waits for itself by others is told of where all are together.
    if (this.#outcome === null && (!compile || this.#compiling)) return null;
    return this.#compiled.targets.find((on) => on.target === target)?.lock ?? null;
  }

  /** Once it is asked for: where all is as an earlier run has left it, nobody asks. */
  get #compiled(): Outcome {
    if (this.#outcome === null) {
      this.#compiling = true;
      this.#outcome = this.#compile();
    }
    return this.#outcome;
  }

  #compileOn(
    target: string,
    written: ReleaseIntent,
    project: Project,
    known: readonly Problem[],
  ): OnTarget | { problems: readonly Problem[] } {
    const key = { target, namespace: this.namespaceOn(target), release: this.name };
    try {
      const intent = intentOn(this.name, written, target, project.images);
      if (known.length > 0) return { problems: known };
      const text = project.lockText(key);
      const before = text === null ? null : readLock(text, key);
      const compiled = compileRelease({
        key,
        intent,
        lock: before,
        initial: project.isInitial(this.name),
        adopted: project.adopted,
        refresh: project.refresh,
        retry: project.isRetried(this.name),
        rollback: project.rollbackOf(key),
        approvals: project.approvals,
        isRecorded: (plan) => project.record(key, plan).text !== null,
        context: { target, project: project.config, code: project.code },
        others: project.neighbours(key),
      });
      this.#requireProof(target, compiled.lock, project);
      return { target, before, ...compiled };
    } catch (error) {
      if (error instanceof ProblemError) return { problems: [...known, ...error.problems] };
      throw error;
    }
  }

  /** Reads the lock of the target that goes first. @throws ProblemError where a candidate is not proven there */
  #requireProof(target: string, lock: Lock, project: Project): void {
    const first = project.config.targets[target]?.provenOn ?? null;
    if (first === null || project.judged) return;
    const key = { target: first, namespace: this.namespaceOn(first), release: this.name };
    const text = project.lockText(key);
    const problems = unprovenImages(lock, first, text === null ? null : readLock(text, key));
    if (problems.length > 0) throw new ProblemError(problems);
  }

  #add({ target, objects }: OnTarget): void {
    const scope = new Construct(this, target);
    for (const object of objects) {
      const { metadata, ...rest } = object;
      const construct = new ApiObject(scope, `${object.kind}-${metadata.name}`.toLowerCase(), { ...rest, metadata: { ...metadata } });
      const owned = { release: this.name, target, object, cause: causeOf(object, this.#origins) };
      own(construct, owned);
      construct.node.addValidation({ validate: () => changesOf(construct, owned) });
    }
  }

  /** For this package's own walk of the tree, whichever copy of it walks. */
  [WITHIN](): WithinRelease {
    const emitted = () =>
      this.#compiled.targets.flatMap(({ target, objects }) =>
        objects.map((object) => ({ target, object: asEmitted(object), cause: causeOf(object, this.#origins) })),
      );
    return { intent: this.#intent, unseen: this.#children.made || !isEmittedPlainly(this) ? null : emitted };
  }
}

interface OnTarget extends ReleaseOnTarget, Compiled {}

interface Outcome {
  readonly targets: readonly OnTarget[];
  readonly problems: readonly Problem[];
}

/** What a release is compiled from, and gives. */
export interface WithinRelease {
  /** Null where something is wrong with it. */
  readonly intent: ReleaseIntent | null;
  /**
   * What its constructs would emit, in their order; null where they have been made, or may emit something else than it says:
   * then they are to be asked.
   */
  readonly unseen: (() => readonly ReleaseObject[]) | null;
}

export interface ReleaseObject {
  readonly target: string;
  readonly object: KubeObject;
  /** The line of the defaults that it follows from, where it is one. */
  readonly cause: SourceLocation | null;
}

/** Of a release of another copy of this package, which may be older, nothing is known but its constructs. */
export const withinRelease = (release: Release): WithinRelease =>
  (release as Partial<Release>)[WITHIN]?.() ?? { intent: null, unseen: null };

const RELEASE = Symbol.for('tidegate.release');

/** The line of `images.yaml` that says what runs on a target; where the intent is wrong, the one that would. */
function imageFor(release: string, written: ReleaseIntent | null, target: string, images: readonly PlacedImage[]): PlacedImage | null {
  const entry = imageOn(images, release, target);
  if (entry === null || written === null) return entry;
  try {
    return isPinned(changedOn(written, target)) ? null : entry;
  } catch {
    return entry;
  }
}

function changesOf(construct: ApiObject, owned: Owned): string[] {
  const changed = changedProblem(construct.toJson(), owned);
  return changed ? [formatProblem(changed)] : [];
}

/** A path in the intent begins with the release; one in a file stays. */
function pathOf(release: string, problem: Problem): { path?: string } {
  const inFile: SourceLocation | undefined = problem.at;
  if (inFile || problem.path === undefined) return {};
  return { path: problem.path.startsWith('[') ? `${release}${problem.path}` : `${release}.${problem.path}` };
}
