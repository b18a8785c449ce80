import { isExternal, type Lock, type Revision } from '../../lib/lock/lock.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { type Order, ordered, type Reconciler } from './appliers.ts';
import { onFakeNodes } from './fake-nodes.ts';

interface Commit {
  readonly lock: Lock;
  readonly objects: readonly KubeObject[];
}

/** A release repository with a history, whose every commit is brought into the cluster. */
export class Repository {
  readonly #git: Reconciler;
  readonly #order: Order;
  readonly #namespace: string;
  readonly #intent: Readonly<Record<string, unknown>>;
  readonly #history: Commit[] = [];

  constructor(git: Reconciler, order: Order, namespace: string, intent: Readonly<Record<string, unknown>>) {
    this.#git = git;
    this.#order = order;
    this.#namespace = namespace;
    this.#intent = intent;
  }

  get lock(): Lock {
    return this.#head.lock;
  }

  get stable(): Revision {
    const { stable } = this.lock;
    if (isExternal(stable)) throw new Error('stable is external');
    return stable;
  }

  /** `synth` after an edit of the image's digest; without one it is the first again. */
  async synth(digit?: string): Promise<void> {
    const lock = this.#history.at(-1)?.lock ?? null;
    await this.#commit(this.#compile(lock, digit));
  }

  /** `git revert` of the last commit: manifests and lock as they were before it. */
  async revert(): Promise<void> {
    const before = this.#history.at(-2);
    if (before === undefined) throw new Error('nothing to revert to');
    await this.#commit(before);
  }

  /** What a release record leads to: the candidate is stable, and what it replaced retires. */
  async record(): Promise<void> {
    const { lock } = this;
    if (lock.inFlight === null) throw new Error('nothing to record');
    const { candidate, hash } = lock.inFlight;
    await this.#rest({
      ...lock,
      stable: candidate,
      inFlight: null,
      retiring: [{ revision: this.stable, reason: 'replaced' }, ...lock.retiring],
      history: [{ revision: candidate.name, image: candidate.image, plan: hash }, ...lock.history],
    });
  }

  /** Git drops what was retiring. */
  async retire(): Promise<void> {
    await this.#rest({ ...this.lock, retiring: [] });
  }

  get #head(): Commit {
    const head = this.#history.at(-1);
    if (head === undefined) throw new Error('nothing is committed');
    return head;
  }

  #compile(lock: Lock | null, digit?: string): Commit {
    const changes = { ...this.#intent, ...(digit === undefined ? {} : { image: image(digit) }) };
    return compile(changes, lock, { key: { ...KEY, namespace: this.#namespace } });
  }

  /** A lock written by hand: the intent is the one of the last synth, so that nothing but the lock decides. */
  async #rest(lock: Lock): Promise<void> {
    const digit = /sha256:(.)/.exec(lock.resolved.workload.image.digest)?.[1];
    const commit = this.#compile(lock, digit);
    if (commit.lock !== lock) throw new Error('the lock is not what the intent asks for');
    await this.#commit(commit);
  }

  async #commit(commit: Commit): Promise<void> {
    this.#history.push(commit);
    await this.#git.commit(ordered(onFakeNodes(commit.objects), this.#order));
  }
}
