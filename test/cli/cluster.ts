import { expect } from 'vitest';
import { planHash } from '../../lib/plan/compile.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { webPlan } from '../plan/plans.ts';
import { ApiServer } from './api-server.ts';
import { type Outcome, Repository } from './repository.ts';

const CONFIG_MAPS = '/api/v1/namespaces/shop/configmaps';
const RUNNER = '/apis/apps/v1/namespaces/shop/deployments/web-runner';

/** Release `web` in a cluster, as Git and a runner left it, and a person with a kubeconfig for it. */
export class Scene {
  readonly api: ApiServer;
  readonly person: Repository;
  readonly plan: Plan;
  readonly hash: string;

  private constructor(api: ApiServer, plan: Plan) {
    this.api = api;
    this.plan = plan;
    this.hash = planHash(plan);
    this.person = new Repository({ 'kubeconfig.yaml': api.kubeconfig });
  }

  /** The plan is there with its runner, which has not said anything yet. */
  static async start(plan: Plan = webPlan()): Promise<Scene> {
    const scene = new Scene(await ApiServer.start(), plan);
    scene.flies();
    return scene;
  }

  private flies(): void {
    const { release } = this.plan;
    const labels = { 'tidegate.dev/release': release };
    this.api.put(
      `${CONFIG_MAPS}/${release}-plan-${this.hash}`,
      { data: { 'plan.json': JSON.stringify({ ...this.plan, hash: this.hash }) } },
      labels,
    );
    this.api.put(RUNNER, { spec: { template: { metadata: { annotations: { 'tidegate.dev/plan': this.hash } } } } });
  }

  /** The program that the runner's Deployment was rendered for, and the one that is there. */
  runs(rendered: Readonly<Record<string, string>>, there = rendered): void {
    const bundle = shortHash(rendered);
    const annotations = { 'tidegate.dev/plan': this.hash, 'tidegate.dev/bundle': bundle };
    const volumes = [{ name: 'code', configMap: { name: `web-runner-${bundle}` } }];
    this.api.put(RUNNER, { spec: { template: { metadata: { annotations }, spec: { volumes } } } });
    this.api.put(`${CONFIG_MAPS}/web-runner-${bundle}`, { data: there });
  }

  /** Git dropped plan and runner. */
  rests(): void {
    this.api.remove(`${CONFIG_MAPS}/${this.plan.release}-plan-${this.hash}`);
    this.api.remove(RUNNER);
  }

  /** What the runner has written, `secondsAgo`. */
  says(status: { readonly phase: string } & Readonly<Record<string, unknown>>, secondsAgo = 1): void {
    const heartbeat = Date.now() - secondsAgo * 1_000;
    const whole = { version: 3, plan: this.hash, level: level(0), reason: '', heartbeat, ...status };
    const data = { 'status.json': JSON.stringify({ ...whole, digest: shortHash(JSON.stringify(whole)) }), phase: whole.phase };
    this.api.put(`${CONFIG_MAPS}/${this.plan.release}-status`, { data }, { 'tidegate.dev/release': this.plan.release });
  }

  /** Waits at the approval before the switch. */
  waits(): void {
    const step = this.plan.steps.findIndex(({ kind }) => kind === 'approval');
    this.says({ phase: 'Progressing', step, level: level(50), reason: "waits for approval 'promote'" });
  }

  /** ConfigMap `web-operator`: each entry as it reads, and null where it is not there. */
  get orders(): Readonly<Record<string, unknown>> | null {
    const { data } = this.api.find(`${CONFIG_MAPS}/web-operator`) ?? {};
    return data === undefined ? null : Object.fromEntries(Object.entries(data).map(([key, text]) => [key, asJson(text)]));
  }

  /** Somebody else's words. */
  ordered(data: Record<string, unknown>): void {
    this.holds('operator', data);
  }

  /** What Git has brought. */
  committed(data: Record<string, unknown>): void {
    this.holds('approvals', data);
  }

  private holds(name: string, data: Record<string, unknown>): void {
    const texts = Object.entries(data).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
    this.api.put(`${CONFIG_MAPS}/web-${name}`, { data: Object.fromEntries(texts) });
  }

  order(by: string, more: Readonly<Record<string, string>> = {}) {
    return { plan: this.hash, by, at: '2026-01-05T09:00:00Z', reason: '', ...more };
  }

  tidegate(...args: readonly string[]): Promise<Outcome> {
    return this.person.tidegate(...args, '--kubeconfig', 'kubeconfig.yaml');
  }

  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { out, err } = await this.tidegate(...args, '--format', 'json');
    expect(err, 'JSON is all that stdout has').not.toContain('internal error');
    return JSON.parse(out);
  }
}

/** A share in percent as a status has it. */
export const level = (weight: number, observed = weight) => ({ set: { weight, routes: {} }, observed, since: null, generation: 1 });

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
