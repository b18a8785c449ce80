// Judges metrics of AnalysisTemplates as Argo Rollouts does; a file of its own beside the runner's program.
import { type Condition, parseCondition } from '../../gates/condition/condition.ts';
import type { MetricResult } from '../../gates/condition/result.ts';
import { askedAt, WHOLE } from '../../gates/condition/whole/language.ts';
import type { PlanGate } from '../../gates/gate.ts';
import { assess, type Judgement, judge as judgeNatively } from '../../gates/judge.ts';
import type { JobAnswer } from '../../gates/providers/job.ts';
import type { Result } from '../../gates/providers/provider.ts';
import { type ArgoMemory, type Counters, type Measurement, observe as observeNatively, type Verdict } from '../../gates/verdict.ts';
import type { ArgoTerms } from '../../intent/resolved.ts';

/** Phases of a metric, of a measurement, and of an AnalysisRun. */
export type Phase = 'Pending' | 'Running' | 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

type Answered = (Result & { readonly warnings?: readonly string[]; readonly evidence?: { readonly askedAt: number } }) | Ended;
type Ended = Exclude<JobAnswer, { kind: 'running' }>;

/**
 * Judges one answer, in the whole language. With verdicts `argo`, what is no data is asked about like anything else, so
 * that an empty list may pass; with `native` it says nothing, as of any gate.
 * @see https://github.com/argoproj/argo-rollouts/blob/master/utils/evaluate/evaluate.go
 */
export function judge(gate: PlanGate, answer: Answered): Judgement {
  const { verdicts, dryRun } = termsOf(gate);
  const plain = judgeNatively(NO_CONDITIONS, answer);
  const isBlank = plain.outcome === 'no-data' && verdicts === 'argo';
  const judged = plain.outcome === 'pass' || isBlank ? asked(gate, answer, plain) : plain;
  if (!dryRun) return judged;
  return {
    ...judged,
    outcome: 'pass',
    message: ['dry run', judged.outcome, judged.message].filter(Boolean).join(': '),
    dryRun: judged.outcome,
  };
}

const NO_CONDITIONS = { successCondition: null, failureCondition: null };

function asked(gate: PlanGate, answer: Answered, plain: Judgement): Judgement {
  const result = resultOf(gate, answer);
  if (result === null) return plain;
  const now = 'evidence' in answer ? (answer.evidence?.askedAt ?? 0) : 0;
  const judged = askedAt(now, () => assess(gate, result, read));
  const isNothing = judged.outcome === 'error' && ((result.kind === 'numbers' && result.values.length === 0) || isNil(result));
  // What was warned of stands in the plain judgement; what it says of missing data does not hold here.
  const warned = plain.outcome === 'no-data' ? '' : plain.message;
  const why = isNothing ? `metric result is nil or empty: ${judged.message}` : judged.message;
  return { ...judged, message: [why, warned].filter(Boolean).join('; ') };
}

const isNil = (result: MetricResult): boolean => (result.kind === 'json' || result.kind === 'number') && result.value === null;

/** What the conditions see; null where nothing is asked of them. An empty vector is a list, and an empty page a text. */
function resultOf({ provider }: PlanGate, answer: Answered): MetricResult | null {
  switch (answer.kind) {
    case 'pass':
    case 'fail':
    case 'error':
      return null;
    case 'empty':
      return 'web' in provider ? { kind: 'text', text: '' } : { kind: 'numbers', values: [] };
    default:
      return answer;
  }
}

const READ = new Map<string, ReturnType<typeof parseCondition>>();
const MOST_READ = 500;

function read(
  text: string,
): { readonly ok: true; readonly condition: Condition } | Exclude<ReturnType<typeof parseCondition>, { ok: true }> {
  const known = READ.get(text) ?? parseCondition(text, WHOLE);
  if (READ.size >= MOST_READ) READ.clear();
  READ.set(text, known);
  return known;
}

/** The counters after one more measurement. A run that was passed is followed by another for as long as the level lasts. */
export function observe(gate: PlanGate, counters: Counters, measurement: Measurement): Counters {
  const terms = termsOf(gate);
  const { verdict = 'running', ended = false } = counters.argo ?? {};
  if (verdict === 'fail' || verdict === 'inconclusive') return counters;
  const run = counted(terms, counters.argo === undefined || ended ? NEW_RUN : counters.argo, measurement);
  const phase = phaseOf(terms, run, false);
  const outcome = measurement.dryRun ?? measurement.outcome;
  return {
    ...observeNatively(gate, counters, measurement),
    last: { at: measurement.at, outcome },
    silentSince: terms.verdicts === 'argo' || terms.dryRun || outcome === measurement.dryRun ? null : silentSince(counters, measurement),
    samples: [...counters.samples, measurement].slice(-terms.retention),
    argo: {
      ...run,
      ended: isCompleted(phase),
      verdict: verdictOf(terms, run, verdict),
      why: terms.dryRun ? '' : whyOf(terms, run, phase),
    },
  };
}

function silentSince(counters: Counters, { outcome, at }: Measurement): number | null {
  return outcome === 'no-data' || outcome === 'error' ? (counters.silentSince ?? at) : null;
}

type Run = Omit<ArgoMemory, 'verdict' | 'why' | 'ended'>;
export const NEW_RUN: Run = { count: 0, failed: 0, inconclusive: 0, consecutiveErrors: 0, consecutiveSuccesses: 0 };

/** Whoever says nothing is not counted; only Argo Rollouts counts how often in a row. */
export function counted({ verdicts }: ArgoTerms, run: Run, { outcome, dryRun }: Pick<Measurement, 'outcome' | 'dryRun'>): Run {
  const { count, failed, inconclusive, consecutiveErrors, consecutiveSuccesses } = run;
  const says = (dryRun ?? outcome) as Measurement['outcome'];
  if (says === 'error' || says === 'no-data')
    return {
      count,
      failed,
      inconclusive,
      consecutiveErrors: verdicts === 'argo' ? consecutiveErrors + 1 : 0,
      consecutiveSuccesses: 0,
    };
  return {
    count: count + 1,
    failed: failed + (says === 'fail' ? 1 : 0),
    inconclusive: inconclusive + (says === 'inconclusive' ? 1 : 0),
    consecutiveErrors: 0,
    consecutiveSuccesses: says === 'pass' ? consecutiveSuccesses + 1 : 0,
  };
}

/**
 * A metric's phase after its latest measurement, in Argo's order: limits first, of which a later one wins over an earlier.
 * @param terminating whether its run is told to end; what was never measured is then Successful, but with verdicts `native`
 * @param measured whether there was a measurement
 * @see https://github.com/argoproj/argo-rollouts/blob/master/analysis/analysis.go
 */
export function phaseOf(terms: ArgoTerms, run: Run, terminating: boolean, measured = true): Phase {
  const { failureLimit, inconclusiveLimit, consecutiveErrorLimit, consecutiveSuccessLimit, count, verdicts } = terms;
  if (!measured) return terminating && verdicts === 'argo' ? 'Successful' : 'Pending';
  if (run.consecutiveErrors > consecutiveErrorLimit) return 'Error';
  if (run.inconclusive > inconclusiveLimit) return 'Inconclusive';
  if (failureLimit >= 0 && run.failed > failureLimit) return 'Failed';
  if (consecutiveSuccessLimit > 0 && run.consecutiveSuccesses >= consecutiveSuccessLimit) return 'Successful';
  if (count !== null && run.count >= count) {
    if (consecutiveSuccessLimit <= 0) return 'Successful';
    return failureLimit >= 0 ? 'Inconclusive' : 'Failed';
  }
  if (!terminating) return 'Running';
  return verdicts === 'argo' || run.count > 0 ? 'Successful' : 'Pending';
}

const isCompleted = (phase: Phase): boolean => phase !== 'Pending' && phase !== 'Running';

/** What goes on for as long as it is watched passes while nothing speaks against it: so it would be were it ended now. */
function verdictOf(terms: ArgoTerms, run: Run, before: Verdict): Verdict {
  const isEndless = terms.count === null && terms.consecutiveSuccessLimit <= 0;
  const phase = phaseOf(terms, run, isEndless);
  if (!isCompleted(phase)) return before;
  if (terms.dryRun || phase === 'Successful') return 'pass';
  return phase === 'Inconclusive' ? 'inconclusive' : 'fail';
}

function whyOf(terms: ArgoTerms, run: Run, phase: Phase): string {
  switch (phase) {
    case 'Failed':
      return terms.failureLimit >= 0
        ? `more than ${terms.failureLimit} failures`
        : `no ${terms.consecutiveSuccessLimit} successes in a row among ${run.count}`;
    case 'Error':
      return `more than ${terms.consecutiveErrorLimit} errors in a row`;
    default:
      return '';
  }
}

const ORDER: readonly Phase[] = ['Successful', 'Running', 'Pending', 'Inconclusive', 'Error', 'Failed'];

/** The worst of several phases: what Argo Rollouts makes of an AnalysisRun whose metrics have all ended. */
export function worstOf(phases: readonly Phase[]): Phase {
  return phases.reduce<Phase>((worst, phase) => (ORDER.indexOf(phase) > ORDER.indexOf(worst) ? phase : worst), 'Successful');
}

/** The runner asks this file only about gates that have terms. */
const termsOf = ({ argo }: PlanGate): ArgoTerms => argo as ArgoTerms;
