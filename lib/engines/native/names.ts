import { flagsName } from '../../lock/flags.ts';
import { gateJobName, smokeJobName } from '../../plan/job-names.ts';

/** Names of a release's objects, as other programs rely on them. Hashes have 8 hex digits. */
export const names = {
  config: (release: string, config: string, hash: string) => `${release}-${config}-${hash}`,
  stableService: (release: string) => `${release}-stable`,
  candidateService: (release: string) => `${release}-canary`,
  plan: (release: string, plan: string) => `${release}-plan-${plan}`,
  smoke: smokeJobName,
  gateJob: gateJobName,
  runner: (release: string) => `${release}-runner`,
  runnerCode: (release: string, bundle: string) => `${release}-runner-${bundle}`,
  notify: (release: string, content: string) => `${release}-notify-${content}`,
  status: (release: string) => `${release}-status`,
  approvals: (release: string) => `${release}-approvals`,
  flags: flagsName,
  flagsOff: (release: string) => `${release}-flags-off`,
  operator: (release: string) => `${release}-operator`,
} as const;
