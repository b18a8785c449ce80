import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Compiled, compileRelease } from '../../lib/constructs/compile.ts';
import type { EngineContext } from '../../lib/engines/engine.ts';
import { ENGINES } from '../../lib/engines/index.ts';
import { recorded, routeProblems } from '../../lib/gitops/record.ts';
import { readRecord } from '../../lib/gitops/release-record.ts';
import { retire, servedProblems } from '../../lib/gitops/retire.ts';
import { readProject } from '../../lib/intent/read-project.ts';
import { type ExternalRevision, isExternal, type Lock, type Revision } from '../../lib/lock/lock.ts';
import { planHash } from '../../lib/plan/compile.ts';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { ofParts } from '../../lib/plan/uses.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { image, KEY } from '../constructs/compiling.ts';
import { accepted } from '../intent/valid.ts';
import { type Order, ordered, type Reconciler } from './appliers.ts';
import { onFakeNodes } from './fake-nodes.ts';

const bundle = (name: string): string => readFileSync(fileURLToPath(new URL(`../../build/${name}`, import.meta.url)), 'utf8');

/** Other values at places of the intent, such as `traffic.hosts`. */
export type Changes = Readonly<Record<string, unknown>>;

export interface RepositoryOptions {
  readonly git: Reconciler;
  readonly order: Order;
  readonly namespace: string;
  /** What `tidegate.yaml` says of the GitOps tool, and of approvals. */
  readonly tool: 'flux' | 'argocd' | 'none';
  readonly approvals: 'required' | 'waived';
  readonly intent: Changes;
  /** How long a smoke test takes. @default 2 */
  readonly smokeSeconds?: number;
}

/** A release repository with a history, whose every commit is brought into the cluster. */
export class Repository {
  readonly #git: Reconciler;
  readonly #order: Order;
  readonly #namespace: string;
  readonly #intent: Changes;
  readonly #context: EngineContext;
  readonly #smoke: { readonly smokeSeconds: number };
  readonly #history: Compiled[] = [];
  #changes: Changes = {};

  constructor({ git, order, namespace, tool, approvals, intent, smokeSeconds = 2 }: RepositoryOptions) {
    this.#git = git;
    this.#order = order;
    this.#namespace = namespace;
    this.#intent = intent;
    this.#smoke = { smokeSeconds };
    this.#context = {
      target: KEY.target,
      project: readProject(`targets: { ${KEY.target}: { approvals: ${approvals} } }\ngitops: { tool: ${tool} }\n`),
      code: {
        runner: bundle('runner.mjs'),
        smoke: bundle('smoke.mjs'),
        notify: bundle('notify.mjs'),
        parts: ofParts((name) => bundle(`${name}.mjs`)),
      },
    };
  }

  get lock(): Lock {
    return this.#head.lock;
  }

  /** What the last commit brought in. */
  get objects(): readonly KubeObject[] {
    return onFakeNodes(this.#head.objects, this.#smoke);
  }

  get stable(): Revision {
    const { stable } = this.lock;
    if (isExternal(stable)) throw new Error('stable is external');
    return stable;
  }

  /** What the first entry would be. */
  get described(): Compiled {
    return this.#compile(null);
  }

  /** The first entry of the release: what its intent describes, or what was there before. */
  async initial(adopted: ExternalRevision | null = null): Promise<void> {
    await this.#commit(this.#compile(null, null, adopted));
  }

  /** A new image, and what else changes with it. */
  async release(digit: string, changes: Changes = {}): Promise<void> {
    this.#changes = { ...changes, image: image(digit) };
    await this.#commit(this.#compile(this.lock));
  }

  /** A new image, and a plan that rises through the weights and then stays for as long as the test lasts, or goes to 100. */
  async releaseUngated(digit: string, weights: readonly number[]): Promise<void> {
    this.#changes = { image: image(digit) };
    const { lock } = this.#compile(this.lock);
    if (lock.inFlight === null) throw new Error('nothing is in flight');
    const plan = ungated(lock.inFlight.plan, weights);
    const hash = planHash(plan);
    const engine = ENGINES[lock.resolved.engine];
    const inFlight = { ...lock.inFlight, plan, hash, jobs: engine.jobs(plan, hash, lock.resolved, this.#context) };
    await this.#commit(this.#compile({ ...lock, inFlight }));
  }

  /** The first image again, by an edit and `synth`. */
  async takeBack(): Promise<void> {
    this.#changes = {};
    await this.#commit(this.#compile(this.lock));
  }

  /** `git revert` of the last commit: manifests and lock as they were before it. */
  async revert(): Promise<void> {
    const before = this.#history.at(-2);
    if (before === undefined) throw new Error('nothing to revert to');
    await this.#commit(before);
  }

  /** `tidegate record`: what the runner has left in the cluster, once the live route agrees with it. */
  async record(text: string, route: unknown): Promise<void> {
    const { lock } = this;
    const record = readRecord(text, 'record.json', { release: lock.release });
    const recording = recorded(lock, record, { committed: null, approvals: [], now: Date.now() });
    if (recording.kind !== 'settled' || lock.inFlight === null) throw new Error(JSON.stringify(recording));
    const problems = routeProblems(record.outcome, lock.inFlight.plan.route, route);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await this.#commit(this.#compile(recording.lock));
  }

  /** `tidegate record --retire`, once the time of all that retires has come. */
  async retire(route: unknown): Promise<void> {
    const due = this.lock.retiring.map(({ revision }) => revision.name);
    const problems = servedProblems(route, 'the route', due);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await this.#commit(this.#compile(retire(this.lock, due)));
  }

  /** `tidegate rollback --to`. */
  async rollBack(revision: string): Promise<void> {
    await this.#commit(this.#compile(this.lock, revision));
  }

  get #head(): Compiled {
    const head = this.#history.at(-1);
    if (head === undefined) throw new Error('nothing is committed');
    return head;
  }

  #compile(lock: Lock | null, rollback: string | null = null, adopted: ExternalRevision | null = null): Compiled {
    const intent = accepted({ ...this.#intent, ...this.#changes });
    const key = { ...KEY, namespace: this.#namespace };
    return compileRelease({ key, intent, lock, initial: lock === null, adopted, refresh: false, rollback, context: this.#context });
  }

  async #commit(commit: Compiled): Promise<void> {
    this.#history.push(commit);
    await this.#git.commit(ordered(this.objects, this.#order));
  }
}

/** The plan's own scaling and smoke tests, then weights with short pauses where the gates were: what is applied matters, not who judges. */
function ungated(plan: Plan, weights: readonly number[]): Plan {
  const before = plan.steps.slice(
    0,
    plan.steps.findIndex(({ kind }) => kind === 'setWeight'),
  );
  const deadlineSeconds = 7200;
  const steps = weights.flatMap((weight, index): Step[] => {
    if (weight === 100) return [{ kind: 'switch', exposure: 100, deadlineSeconds }];
    const durationSeconds = index === weights.length - 1 ? 3600 : 2;
    return [
      { kind: 'setWeight', weight, exposure: weight, deadlineSeconds },
      { kind: 'pause', durationSeconds, exposure: weight, deadlineSeconds },
    ];
  });
  const last: Step[] = weights.at(-1) === 100 ? [] : [{ kind: 'switch', exposure: 100, deadlineSeconds }];
  return { ...plan, deadlineSeconds, steps: [...before, ...steps, ...last] };
}
