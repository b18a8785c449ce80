import { gateArguments } from '../../lib/gates/arguments.ts';
import type { Gate } from '../../lib/intent/gate.ts';
import { resolveGate } from '../../lib/intent/resolve-strategy.ts';
import type { ResolvedGateIntent } from '../../lib/intent/resolved.ts';

/** The release `web` in `shop`, from revision 0f0f0f0f to 1a2b3c4d. */
export const WEB = gateArguments({
  release: 'web',
  namespace: 'shop',
  candidate: { deployment: 'web-1a2b3c4d', service: 'web-1a2b3c4d' },
  stable: { deployment: 'web-0f0f0f0f', service: 'web-0f0f0f0f' },
});

/** A gate that asks Prometheus `up`, but for what is given. */
export function gate(overrides: Partial<Gate> = {}): ResolvedGateIntent {
  return resolveGate({
    name: 'check',
    description: 'It works.',
    scope: 'candidate',
    provider: { prometheus: { address: 'http://prometheus:9090', query: 'up' } },
    successCondition: 'result[0] < 1',
    failureCondition: 'result[0] >= 1',
    ...overrides,
  });
}
