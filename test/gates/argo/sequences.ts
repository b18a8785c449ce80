import type { ArgoTerms } from '../../../lib/intent/resolved.ts';
import type { Phase } from '../../../lib/runner/parts/argo.ts';

/** Measurements in a row: S successful, F failed, I inconclusive, E error, N no data (to Argo Rollouts an error). */
export interface Sequence {
  readonly terms: Partial<Omit<ArgoTerms, 'verdicts'>>;
  readonly said: string;
  /** Whether the run is then told to end. */
  readonly terminated?: boolean;
  readonly argo: Phase;
  /** With the differences of native plans, where it is another one. */
  readonly native?: Phase;
  readonly source: string;
}

const ASSESS = 'argo-rollouts analysis/analysis.go assessMetricStatus';
const COUNT = 'argo-rollouts analysis/analysis.go runMeasurements';
const MEASURED = "measured: argo-rollouts' assessMetricStatus over the sequence";
const DOCS = 'argo-rollouts docs/features/analysis.md';
const once = { count: 1 };
const endless = { count: null };

export const SEQUENCES: readonly Sequence[] = [
  { terms: once, said: '', argo: 'Pending', source: ASSESS },
  { terms: once, said: 'S', argo: 'Successful', source: ASSESS },
  { terms: once, said: 'F', argo: 'Failed', source: ASSESS },
  { terms: once, said: 'I', argo: 'Inconclusive', source: ASSESS },
  { terms: once, said: 'E', argo: 'Running', source: ASSESS },
  { terms: { ...once, failureLimit: 1 }, said: 'F', argo: 'Successful', source: MEASURED },
  { terms: { ...once, inconclusiveLimit: 1 }, said: 'I', argo: 'Successful', source: MEASURED },
  { terms: { count: 3, failureLimit: 3 }, said: 'FFF', argo: 'Successful', source: MEASURED },
  { terms: { count: 3 }, said: 'SS', argo: 'Running', source: COUNT },
  { terms: { count: 3 }, said: 'SSS', argo: 'Successful', source: COUNT },
  { terms: { count: 3 }, said: 'SSF', argo: 'Failed', source: ASSESS },
  { terms: { count: 3, failureLimit: 1 }, said: 'FSS', argo: 'Successful', source: ASSESS },
  { terms: { count: 3, failureLimit: 1 }, said: 'FF', argo: 'Failed', source: ASSESS },
  { terms: { count: 5, inconclusiveLimit: 2 }, said: 'IISSS', argo: 'Successful', source: ASSESS },
  { terms: { count: 5, inconclusiveLimit: 2 }, said: 'III', argo: 'Inconclusive', source: ASSESS },
  { terms: { count: 5, failureLimit: 2, inconclusiveLimit: 2 }, said: 'FIFIS', argo: 'Successful', source: ASSESS },
  { terms: { ...endless, failureLimit: 3 }, said: 'FFF', argo: 'Running', source: MEASURED },
  { terms: { ...endless, failureLimit: 3 }, said: 'FFFF', argo: 'Failed', source: `${MEASURED}; ${DOCS} says after three` },
  { terms: endless, said: 'SSSSSSSSSS', argo: 'Running', source: ASSESS },
  { terms: endless, said: 'SSSSSSSSSS', terminated: true, argo: 'Successful', source: ASSESS },
  { terms: { ...endless, failureLimit: 1 }, said: 'F', terminated: true, argo: 'Successful', source: MEASURED },
  { terms: endless, said: 'SF', terminated: true, argo: 'Failed', source: ASSESS },

  // Errors: they never count, and five in a row are too many.
  { terms: once, said: 'EEEE', argo: 'Running', source: MEASURED },
  { terms: once, said: 'EEEEE', argo: 'Error', native: 'Running', source: MEASURED },
  { terms: once, said: 'EEEES', argo: 'Successful', source: MEASURED },
  { terms: { count: 2 }, said: 'EEEESEEEES', argo: 'Successful', source: COUNT },
  { terms: { count: 9 }, said: 'EESEEEEE', argo: 'Error', native: 'Running', source: COUNT },
  { terms: { ...once, consecutiveErrorLimit: 0 }, said: 'E', argo: 'Error', native: 'Running', source: ASSESS },
  { terms: { ...once, consecutiveErrorLimit: 1 }, said: 'EE', argo: 'Error', native: 'Running', source: ASSESS },
  { terms: { count: 3 }, said: 'NNNNN', argo: 'Error', native: 'Running', source: `${DOCS}, an empty result is an Error` },
  { terms: { count: 3 }, said: 'SNNNNN', argo: 'Error', native: 'Running', source: COUNT },
  { terms: { count: 5, failureLimit: 2 }, said: 'EEFF', terminated: true, argo: 'Successful', source: MEASURED },
  { terms: { count: 5, failureLimit: 2 }, said: 'EE', terminated: true, argo: 'Successful', native: 'Pending', source: ASSESS },
  { terms: endless, said: 'EEEE', terminated: true, argo: 'Successful', native: 'Pending', source: ASSESS },

  // What was never measured.
  { terms: endless, said: '', argo: 'Pending', source: ASSESS },
  { terms: endless, said: '', terminated: true, argo: 'Successful', native: 'Pending', source: MEASURED },
  { terms: { count: 5 }, said: '', terminated: true, argo: 'Successful', native: 'Pending', source: ASSESS },

  // Successes in a row.
  { terms: { ...endless, failureLimit: -1, consecutiveSuccessLimit: 2 }, said: 'FFFSS', argo: 'Successful', source: MEASURED },
  { terms: { ...endless, failureLimit: -1, consecutiveSuccessLimit: 2 }, said: 'FSFSFS', argo: 'Running', source: COUNT },
  { terms: { count: 3, failureLimit: -1, consecutiveSuccessLimit: 2 }, said: 'SFS', argo: 'Failed', source: MEASURED },
  { terms: { count: 3, failureLimit: 1, consecutiveSuccessLimit: 2 }, said: 'SFS', argo: 'Inconclusive', source: MEASURED },
  { terms: { count: 5, failureLimit: 1, consecutiveSuccessLimit: 3 }, said: 'SSS', argo: 'Successful', source: ASSESS },
  { terms: { count: 5, failureLimit: 1, consecutiveSuccessLimit: 3 }, said: 'SSFF', argo: 'Failed', source: ASSESS },
  { terms: { ...endless, failureLimit: -1, consecutiveSuccessLimit: 2 }, said: 'SES', argo: 'Running', source: COUNT },
  {
    terms: { ...endless, failureLimit: -1, inconclusiveLimit: 1, consecutiveSuccessLimit: 2 },
    said: 'SIS',
    argo: 'Running',
    source: COUNT,
  },
  { terms: { ...endless, failureLimit: 0, consecutiveSuccessLimit: 2 }, said: 'SF', argo: 'Failed', source: ASSESS },
];
