import type { ResolvedWorkload } from '../../intent/resolved.ts';
import { given } from '../../schema/given.ts';

type Security = ResolvedWorkload['security'];

/**
 * The pod's half of the restricted Pod Security profile.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function podSecurity(security: Partial<Security> = {}): object {
  const { runAsUser, runAsGroup, fsGroup } = security;
  return {
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
    ...given({ runAsUser, runAsGroup, fsGroup }),
    // a volume of many files is not walked at every start
    ...(typeof fsGroup === 'number' ? { fsGroupChangePolicy: 'OnRootMismatch' } : {}),
  };
}

/** The container's half. */
export function containerSecurity(readOnlyRootFilesystem = true): object {
  return { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem };
}
