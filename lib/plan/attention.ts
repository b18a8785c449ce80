import { type Window, windows } from './detect.ts';
import { formatSeconds, planDuration } from './duration.ts';
import { highestBeforeApproval, levels } from './exposure.ts';
import type { Plan } from './plan.ts';
import { count, describeExposure, describeHeaders, formatFactor, gateUses, oneLine, thousands } from './words.ts';

/** Something that a reviewer of the plan must not miss. */
export interface Remark {
  readonly weight: 'warning' | 'note';
  readonly text: string;
}

const warning = (text: string): Remark => ({ weight: 'warning', text });
const note = (text: string): Remark => ({ weight: 'note', text });

/** Warnings first; in both, what hurts most comes first. */
export function remarks(plan: Plan): readonly Remark[] {
  const all = [
    ...riskRemarks(plan),
    ...approvalRemarks(plan),
    ...migrationRemarks(plan),
    ...gateRemarks(plan),
    ...remedyRemarks(plan),
    ...besideRemarks(plan),
    ...timeRemarks(plan),
    ...blastRemarks(plan),
    ...sightRemarks(plan),
    ...servedRemarks(plan),
    ...connectionRemarks(plan),
  ];
  return [...all.filter(({ weight }) => weight === 'warning'), ...all.filter(({ weight }) => weight === 'note')];
}

function riskRemarks({ risk }: Plan): Remark[] {
  return risk === 'high' ? [warning('This release is declared as high risk.')] : [];
}

function approvalRemarks(plan: Plan): Remark[] {
  const highest = highestBeforeApproval(plan);
  if (plan.approvals.waived !== null)
    return [warning(`Nobody is asked before exposure rises to ${highest} %: approvals are waived by ${oneLine(plan.approvals.waived)}.`)];
  return highest > 50 ? [warning(`Nobody is asked before exposure rises to ${highest} %, which is above 50 %.`)] : [];
}

function migrationRemarks({ steps }: Plan): Remark[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'smoke' || !('migration' in step.test)) return [];
    const { migration } = step.test;
    const name = oneLine(step.name);
    return migration.kind === 'contract'
      ? [warning(`Migration ${name} takes away the old shape of ${oneLine(migration.of)}: no release brings it back.`)]
      : [note(`Migration ${name} runs before any user, and stays when the release is aborted.`)];
  });
}

function gateRemarks(plan: Plan): Remark[] {
  const unwatched = levels(plan).filter(({ gates }) => gates.length === 0);
  const holding = new Set(gateUses(plan).flatMap(({ gate }) => (gate.onFailure === 'hold' ? [oneLine(gate.name)] : [])));
  return [
    ...unwatched.map(({ exposure, beside }) => warning(`No gate judges the candidate at ${describeExposure(exposure, beside)}.`)),
    ...(holding.size === 0 ? [] : [note(`A failure of ${list(holding)} keeps exposure as it is and waits for a person.`)]),
  ];
}

function remedyRemarks({ release, remedies = {} }: Plan): Remark[] {
  const { flagOff, webhook, shed } = remedies;
  const then = (seconds: number) => `then measures anew after ${formatSeconds(seconds)}; a gate that fails again aborts`;
  return [
    ...(flagOff
      ? [
          note(
            `Once, a failing gate switches flag ${oneLine(flagOff.flag)} off by ConfigMap ${release}-flags-off, which goes with this plan, ${then(flagOff.settleSeconds)}.`,
          ),
        ]
      : []),
    ...(webhook
      ? [
          note(
            `Once, a failing gate has flag ${oneLine(webhook.flag)} switched off by ${oneLine(webhook.web.url)}, ${then(webhook.settleSeconds)}; nobody switches it on again.`,
          ),
        ]
      : []),
    ...(shed
      ? [
          note(
            `Once, a failing gate sends requests with ${describeHeaders(shed.headers)} to stable, and is measured anew; one that fails again aborts. Before the switch the candidate gets all of them, and is judged.`,
          ),
        ]
      : []),
  ];
}

function besideRemarks({ steps, route }: Plan): Remark[] {
  const mirrored = Math.max(0, ...steps.map((step) => (step.kind === 'setMirrorRoute' ? step.percent : 0)));
  return [
    ...steps.flatMap((step, index) =>
      step.kind === 'setHeaderRoute'
        ? [note(`From step ${index} on every request with ${describeHeaders(step.headers)} reaches the candidate, whoever sends it.`)]
        : [],
    ),
    ...(mirrored > 0 ? [warning(`Up to ${mirrored} % of requests are copied to the candidate: what they write is written twice.`)] : []),
    ...(mirrored > 0 && route.router === 'gateway-api'
      ? [
          warning(
            'Mirrors are an extended feature of Gateway API: a gateway that lacks it may fail every request as soon as this is applied, and one that does not know their percent copies all from then on.',
          ),
        ]
      : []),
  ];
}

function timeRemarks(plan: Plan): Remark[] {
  const { shortestSeconds } = planDuration(plan);
  if (shortestSeconds <= plan.deadlineSeconds) return [];
  return [
    warning(
      `The release cannot finish: its steps take ${formatSeconds(shortestSeconds)}, its deadline is ${formatSeconds(plan.deadlineSeconds)}.`,
    ),
  ];
}

/** The first level and the worst; the table of levels has the rest. */
function blastRemarks(plan: Plan): Remark[] {
  const { expected } = plan;
  if (expected === null) return [];
  const reached = levels(plan).flatMap(({ exposure, blast: { firstVerdictSeconds: seconds, requestsBeforeVerdict: requests } }) =>
    seconds === null || requests === null ? [] : [{ exposure, seconds, requests }],
  );
  const [first] = reached;
  const [worst] = reached.toSorted((a, b) => b.requests - a.requests);
  if (first === undefined || worst === undefined) return [];
  const place = ({ exposure, seconds }: typeof first) => `at ${exposure} % (${formatSeconds(seconds)})`;
  const also = worst === first ? '' : `, ${thousands(worst.requests)} ${place(worst)}`;
  const least = `${count(first.requests, 'request')} ${place(first)}`;
  return [
    note(`At peak (${expected.peakRps} requests per second) a bad candidate answers at least ${least}${also} before a gate can fail.`),
  ];
}

/** The first window and the sharpest. */
function sightRemarks(plan: Plan): Remark[] {
  const seen = windows(plan);
  if (seen === null) return [note('The intent declares no expected traffic, so nobody can say how small a regression these windows see.')];
  const compared = seen.filter(({ exposure }) => exposure < 100);
  const blind = compared.filter(({ peak }) => peak.factor === null).map(({ exposure }) => `${exposure} %`);
  const sharp = compared.flatMap((window) => (window.peak.factor === null ? [] : [{ ...window, factor: window.peak.factor }]));
  const [first] = sharp;
  const [best] = sharp.toSorted((a, b) => a.factor - b.factor);
  const told = [...new Set([first, best])].flatMap((window) => (window === undefined ? [] : [note(describeWindow(window))]));
  if (blind.length === 0) return told;
  return [warning(`The windows at ${list(new Set(blind))} are too short to detect any regression of errors by comparison.`), ...told];
}

function servedRemarks(plan: Plan): Remark[] {
  const { served } = plan;
  if (served === undefined) return [];
  const longest = Math.max(0, ...levels(plan).map(({ blast }) => blast.servedWithinSeconds ?? 0));
  const wait = longest === 0 ? '' : `: at most ${formatSeconds(longest)} later, and no gate fails before`;
  return [
    note(`A level is judged once ${oneLine(served.prometheus.address)} says that the candidate truly gets its share of requests${wait}.`),
  ];
}

function connectionRemarks({ route: { router, name }, scaleDownDelaySeconds }: Plan): Remark[] {
  if (router !== 'service') return [];
  return [
    note(
      `Service ${name} moves new connections only: one that is open stays with its revision until it ends, or until the pods of a candidate that failed go, ${formatSeconds(scaleDownDelaySeconds)} after.`,
    ),
  ];
}

/** `The window at 5 % (2m 30s) cannot detect less than 4.2× the normal errors at peak, 9.1× at the quietest time.` */
function describeWindow({ exposure, seconds, low, factor }: Window & { readonly factor: number }): string {
  const quiet = low.factor === null ? 'and nothing' : formatFactor(low.factor);
  const place = `The window at ${exposure} % (${formatSeconds(seconds)})`;
  return `${place} cannot detect less than ${formatFactor(factor)} the normal errors at peak, ${quiet} at the quietest time.`;
}

/** `a`, `a and b`, `a, b and c`. */
function list(items: Iterable<string>): string {
  const all = [...items];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
