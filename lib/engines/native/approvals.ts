import { type Approval, approvalKey, orderText } from '../../plan/orders.ts';
import type { KubeObject } from '../../schema/index.ts';
import { type Owner, releaseMeta } from './metadata.ts';
import { names } from './names.ts';

/** What was approved in Git, for the runner to read; no object where nothing was. */
export function approvalsConfigMap(approvals: readonly Approval[], owner: Owner): readonly KubeObject[] {
  if (approvals.length === 0) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: releaseMeta(owner, names.approvals(owner.release)),
      data: Object.fromEntries(approvals.map((approval) => [approvalKey(approval), orderText(approval)])),
    },
  ];
}
