/** How a check that runs as a Job stands. */
export type JobAnswer = { readonly kind: 'running' } | { readonly kind: 'pass' } | { readonly kind: 'fail'; readonly message: string };

/**
 * What a Job says about its check. Only its two final conditions count: `FailureTarget` and `SuccessCriteriaMet` come
 * while pods still run. Whatever has neither is running, and the step's deadline ends it.
 */
export function jobAnswer(job: unknown): JobAnswer {
  const conditions: unknown = Object(Object(job).status).conditions;
  const holding = (Array.isArray(conditions) ? conditions.map(Object) : []).filter(({ status }) => status === 'True');
  const failed = holding.find(({ type }) => type === 'Failed');
  if (failed) return { kind: 'fail', message: `${failed.reason ?? 'Failed'}: ${failed.message ?? 'no message'}` };
  return { kind: holding.some(({ type }) => type === 'Complete') ? 'pass' : 'running' };
}
