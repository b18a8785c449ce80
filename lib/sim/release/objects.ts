import { gateJobName, smokeJobName } from '../../plan/job-names.ts';
import { type Approval, approvalKey, type Order, orderText } from '../../plan/orders.ts';
import { configMapPath, deploymentPath, jobPath, type KubeObject, pathOf } from '../api/object.ts';
import { type Draft, NAMESPACE, RELEASE } from './plans.ts';

/** A text that is made again and again, of few others: made once, it is also found faster in maps. */
function kept<More extends unknown[]>(make: (name: string, ...more: More) => string): (name: string, ...more: More) => string {
  const known = new Map<string, string>();
  return (name, ...more) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= MOST_KEPT) known.clear();
    const made = make(name, ...more);
    known.set(name, made);
    return made;
  };
}

const MOST_KEPT = 1_000;

export const planName = kept((hash) => `${RELEASE}-plan-${hash}`);

const routePath = kept((_resource, route: Draft['plan']['route']) => pathOf(NAMESPACE, route));

/** Where the objects of a release are. */
export const PATHS = {
  status: configMapPath(NAMESPACE, `${RELEASE}-status`),
  approvals: configMapPath(NAMESPACE, `${RELEASE}-approvals`),
  flagsOff: configMapPath(NAMESPACE, `${RELEASE}-flags-off`),
  operator: configMapPath(NAMESPACE, `${RELEASE}-operator`),
  plan: kept((hash: string) => configMapPath(NAMESPACE, planName(hash))),
  deployment: kept((name: string) => deploymentPath(NAMESPACE, name)),
  job: (name: string) => jobPath(NAMESPACE, name),
  route: ({ plan }: Draft) => routePath(plan.route.resource, plan.route),
} as const;

export interface PlanJob {
  readonly name: string;
  /** Starts only when the runner says so. */
  readonly suspended: boolean;
  /** The gate that it answers; null: a step of its own. */
  readonly gate: string | null;
}

/** Every Job of a plan; they are all there from the beginning. */
export function jobsOf({ plan, hash }: Pick<Draft, 'plan' | 'hash'>): readonly PlanJob[] {
  return plan.steps.flatMap((step, index): PlanJob[] => {
    switch (step.kind) {
      case 'smoke':
        return [{ name: smokeJobName(plan.release, hash, index), suspended: plan.queue !== undefined, gate: null }];
      case 'analysis':
      case 'bake':
        return step.gates.flatMap(({ name, provider, count }, gate) =>
          'job' in provider
            ? Array.from({ length: count }, (_, run) => ({
                name: gateJobName(plan.release, hash, index, gate, run),
                suspended: true,
                gate: name,
              }))
            : [],
        );
      default:
        return [];
    }
  });
}

const configMap = (name: string, data: Readonly<Record<string, string>>, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE },
  ...more,
  data,
});

export const planConfigMap = ({ plan, hash }: Draft): KubeObject =>
  configMap(planName(hash), { 'plan.json': JSON.stringify({ hash, ...plan }) }, { immutable: true });

const reviewed = new WeakMap<Draft, string>();

/** Whether something else is there than the plan that was reviewed. */
export function isReplaced(found: KubeObject | undefined, draft: Draft): boolean {
  if (found === undefined) return false;
  const text = reviewed.get(draft) ?? planConfigMap(draft).data['plan.json'];
  reviewed.set(draft, text);
  return found.data['plan.json'] !== text;
}

export const ordersConfigMap = (source: 'approvals' | 'operator', data: Readonly<Record<string, string>>): KubeObject =>
  configMap(`${RELEASE}-${source}`, data);

export const approvalEntry = (approval: Approval): readonly [key: string, text: string] => [approvalKey(approval), orderText(approval)];
export const commandText = (order: Order): string => orderText(order);

/** @param replicas undefined: left to whoever scales it, as a candidate's */
export const deployment = (name: string, replicas?: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: NAMESPACE },
  spec: { ...(replicas === undefined ? {} : { replicas }), selector: name, template: { spec: { image: name } } },
});

export const job = (name: string, suspended: boolean): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: NAMESPACE },
  spec: { suspend: suspended, backoffLimit: 0, template: { spec: { image: 'check' } } },
});
