import { given } from '../schema/given.ts';
import { DEFAULTS } from './defaults.ts';
import { Duration } from './duration.ts';
import type { FlagOff, FlagWebhook, Remedies } from './remedy.ts';
import { lowerCase } from './resolve-strategy.ts';
import type { ResolvedFlagWebhook, ResolvedIntent, ResolvedRemedy } from './resolved.ts';

/** What gates may have done. Without a field where there is nothing. */
export function resolveRemedies({ flagOff, webhook, shed }: Remedies = {}): Pick<ResolvedIntent, 'remedies'> {
  const remedies = given({
    flagOff: flagOff && timed(flagOff, 'FlagOff'),
    webhook: webhook && asked(webhook),
    shed: shed && {
      headers: lowerCase(shed.headers),
      withinSeconds: Duration.parse(shed.within ?? DEFAULTS['Shed.within']).seconds,
    },
  });
  return Object.keys(remedies).length > 0 ? { remedies } : {};
}

function asked({ url, headers = {}, timeout, auth, tls, ...terms }: FlagWebhook): ResolvedFlagWebhook {
  return {
    ...timed(terms, 'FlagWebhook'),
    web: {
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...lowerCase(headers) },
      body: null,
      jsonPath: '{$}',
      timeoutSeconds: Duration.parse(timeout ?? DEFAULTS['FlagWebhook.timeout']).seconds,
      ...given({ auth, tls }),
    },
  };
}

const timed = ({ flag, settle, within }: FlagOff, kind: 'FlagOff' | 'FlagWebhook'): ResolvedRemedy => ({
  flag,
  settleSeconds: Duration.parse(settle ?? DEFAULTS[`${kind}.settle`]).seconds,
  withinSeconds: Duration.parse(within ?? DEFAULTS[`${kind}.within`]).seconds,
});
