import { type Approval, approvalKey, type Order, orderText } from '../../plan/orders.ts';
import { configMapPath, deploymentPath, jobPath, type KubeObject, pathOf } from '../api/object.ts';
import { type Draft, NAMESPACE, RELEASE } from './plans.ts';

/** Where the objects of a release are. */
export const PATHS = {
  status: configMapPath(NAMESPACE, `${RELEASE}-status`),
  approvals: configMapPath(NAMESPACE, `${RELEASE}-approvals`),
  operator: configMapPath(NAMESPACE, `${RELEASE}-operator`),
  plan: (hash: string) => configMapPath(NAMESPACE, planName(hash)),
  deployment: (name: string) => deploymentPath(NAMESPACE, name),
  job: (name: string) => jobPath(NAMESPACE, name),
  route: ({ plan }: Draft) => pathOf(NAMESPACE, plan.route),
} as const;

export const planName = (hash: string): string => `${RELEASE}-plan-${hash}`;

/** Jobs by the step that waits for them: smoke Jobs start by themselves, the others are suspended. */
export function jobsOf({ plan, hash }: Draft): readonly { readonly index: number; readonly name: string; readonly suspended: boolean }[] {
  return plan.steps.flatMap((step, index) =>
    step.kind === 'smoke' || step.kind === 'job'
      ? [{ index, name: `${RELEASE}-${step.kind}-${hash}-${index}`, suspended: step.kind === 'job' }]
      : [],
  );
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
