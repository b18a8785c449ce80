import { expect } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../lib/gates/providers/index.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import { approvalKey, type Order, orderText } from '../../lib/plan/orders.ts';
import type { Plan, PlanGate, Step } from '../../lib/plan/plan.ts';
import { approval, bake, gate, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import { Scene, type SceneOptions } from './scene.ts';

export const analysis = (gates: readonly PlanGate[] = [gate], exposure = 20): Step => ({
  kind: 'analysis',
  exposure,
  deadlineSeconds: 600,
  durationSeconds: 180,
  gates,
});
export const JUDGED: readonly Step[] = [scale(), smoke(), setWeight(20), analysis(), approval(), switchOver(), bake([gate])];
export const APPROVED = { approvals: { required: ['promote'], waived: null } } as const;
export const WAIVED = { approvals: { required: [], waived: 'tidegate.yaml: a test cluster' } } as const;
export const UNATTENDED: readonly Step[] = JUDGED.filter(({ kind }) => kind !== 'approval');

export type Said = number | 'NaN' | 'empty' | 'html' | 'gone';

/** What Prometheus says to every question from a moment on. */
export class Judged extends Scene {
  said: Said = 0;
  /** How often it was asked. */
  asked = 0;

  constructor(plan: Plan, fault: NonNullable<SceneOptions['fault']> = () => 'none', more: Pick<SceneOptions, 'wrap'> = {}) {
    super({
      ...more,
      plan,
      fault,
      readyAfter: 2,
      smoke: { ends: 'Complete', after: 2 },
      runner: { exchange: async (request) => this.answer(request) },
    });
    this.api.apply(operator, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-operator' }, data: {} }, 'tidegate-cli');
  }

  say(key: string, order: Order | null): void {
    this.api.edit(operator, 'tidegate-cli', ({ data }) => {
      if (order === null) delete data[key];
      else data[key] = orderText(order);
    });
  }

  approve(by = 'alice', plan = shortHash(this.plan), approvalName = 'promote'): void {
    const order = { ...this.order(by), plan, approval: approvalName };
    this.say(approvalKey(order), order);
  }

  order(by = 'alice'): Order {
    return { plan: shortHash(this.plan), by, at: new Date(this.time.now).toISOString(), reason: '' };
  }

  protected answer(_request: HttpRequest, said = this.said): HttpAnswer | Promise<HttpAnswer> {
    this.asked++;
    if (said === 'gone') return { kind: 'nothing', message: 'connection refused', retryable: true };
    const text = said === 'html' ? '<html></html>' : vector(said);
    return { kind: 'answer', status: 200, headers: {}, text };
  }
}

export const operator = '/api/v1/namespaces/shop/configmaps/web-operator';
const vector = (said: Said) =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: said === 'empty' ? [] : [{ metric: {}, value: [1, String(said)] }] },
  });

/** A release whose gates are judged, at its first weight. */
export async function judged(plan = planOf(JUDGED, APPROVED)): Promise<Judged> {
  const scene = new Judged(plan);
  scene.start();
  await scene.time.run(30_000);
  expect([scene.phase, scene.weight]).toEqual(['Progressing', 20]);
  return scene;
}
