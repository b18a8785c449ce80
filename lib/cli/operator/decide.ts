import { formatSeconds } from '../../plan/duration.ts';
import { approvalKey, type Command, type Order, orderText } from '../../plan/orders.ts';
import { UsageError } from '../command.ts';
import {
  type ApprovalStep,
  approvalSteps,
  approversOf,
  type Flight,
  isAborted,
  isPromoted,
  isSamePerson,
  isStuck,
  pendingOrder,
  waitingFor,
} from './flight.ts';
import type { Signing } from './sign.ts';

/** What a person's word comes to. */
export type Decision =
  | {
      /** Entries of ConfigMap `<release>-operator`; null takes one away. */
      readonly entries: Readonly<Record<string, string | null>>;
      /** What was said, as one line. */
      readonly said: string;
      /** What the runner makes of it. */
      readonly next: string;
      /** Who says it, where that follows from a key. @default whoever calls */
      readonly by?: string;
    }
  /** It makes no sense now, and why. */
  | { readonly refused: string };

/** Who says it, when and why: all of an order but its plan. */
export type Words = Omit<Order, 'plan'>;

/** What a command does to the release as it is seen. */
export function decideCommand(command: Command, flight: Flight, words: Words): Decision {
  const { release, hash, plan, orders, status } = flight;
  const order = orderText({ plan: hash, ...words });
  const said = `${command} ${release}, plan ${hash}, by ${words.by}`;
  switch (command) {
    case 'abort': {
      if (isAborted(flight)) return { refused: `${release} is aborted already: ${status?.reason || 'traffic goes to stable'}.` };
      const before = pendingOrder(flight, 'abort');
      if (before) return { refused: `${release} was told to abort by ${before.by} at ${before.at}, and its runner has yet to act on it.` };
      const delay = formatSeconds(plan.scaleDownDelaySeconds);
      const next = `The runner points all traffic to stable (${plan.stable.revision}) in one write and scales the candidate down ${delay} later.`;
      return { entries: { abort: order }, said, next };
    }
    case 'pause': {
      if (isAborted(flight)) return { refused: `${release} is aborted: there is nothing to pause.` };
      if (isPromoted(flight)) return { refused: promoted(flight, 'there is nothing to pause') };
      if (isStuck(flight)) return { refused: stuck(flight) };
      const { pause } = orders.commands;
      if (pause) return { refused: `${release} was paused by ${pause.by} at ${pause.at}${because(pause)}.` };
      const next = `The candidate keeps its share of traffic${weightOf(flight)}; gates go on, and one that fails still aborts. \`tidegate resume ${release}\` ends the pause.`;
      return { entries: { pause: order, resume: null }, said, next };
    }
    case 'resume': {
      if (isAborted(flight)) return { refused: `${release} is aborted: \`tidegate retry ${release}\` walks its plan again.` };
      if (isStuck(flight)) return { refused: stuck(flight) };
      if (!orders.commands.pause && status?.hold !== 'gate') return { refused: `${release} is neither paused nor held by a gate.` };
      return { entries: { pause: null, resume: order }, said, next: `The runner goes on${stepOf(flight)}.` };
    }
    case 'retry': {
      if (isPromoted(flight)) return { refused: promoted(flight, 'there is nothing to retry') };
      if (!isAborted(flight) && status?.phase !== 'Held')
        return {
          refused: `${release} is under way (${status?.phase ?? 'no runner has begun'}): only what is aborted or held is retried.`,
        };
      const paused = orders.commands.pause ? ` It is paused still: \`tidegate resume ${release}\` lets it begin.` : '';
      const next = `Once the candidate has no traffic the runner walks the plan again from its first step; approvals must be given anew.${paused}`;
      return { entries: { retry: order, abort: null }, said, next };
    }
    case 'without-scaleUp':
    case 'without-flagOff':
    case 'without-webhook':
    case 'without-shed': {
      const remedy = command.slice('without-'.length);
      const before = orders.commands[command];
      if (before) return { refused: `${release} goes without ${remedy} already: ${before.by} said so at ${before.at}${because(before)}.` };
      if (!remediesNamed(plan).includes(remedy)) return { refused: noRemedy(flight, remedy) };
      const next = `A gate that fails takes traffic to stable at once, and so does one that waits for ${remedy} now. For the next plan it must be said again. \`tidegate without ${release} ${remedy} --take-back\` ends it.`;
      return { entries: { [command]: order }, said: `without ${remedy}: ${release}, plan ${hash}, by ${words.by}`, next };
    }
  }
}

/** Takes back that a release must do without a remedy. */
export function decideTakeBack(command: Extract<Command, `without-${string}`>, { release, hash, orders }: Flight, words: Words): Decision {
  const remedy = command.slice('without-'.length);
  if (!orders.commands[command]) return { refused: `nobody said that ${release} goes without ${remedy}.` };
  const next = `A gate that names ${remedy} may have it done again, unless this plan has done it already.`;
  return { entries: { [command]: null }, said: `with ${remedy} again: ${release}, plan ${hash}, by ${words.by}`, next };
}

const remediesNamed = (plan: Flight['plan']): readonly string[] => [
  ...new Set(plan.steps.flatMap((step) => ('gates' in step ? step.gates.map(({ onFailure }) => onFailure) : []))),
];

function noRemedy({ release, hash, plan }: Flight, remedy: string): string {
  const named = remediesNamed(plan).filter((name) => name !== 'abort' && name !== 'hold');
  return `no gate of plan ${hash} of ${release} has ${remedy} done; ${named.length === 0 ? 'none has a remedy' : `there is ${named.join(', ')}`}.`;
}

/**
 * What an approval does.
 * @param wanted name of the approval step; null: the one that is waited for
 * @param spoken by whom, unless the plan counts signatures: then the key says
 * @throws UsageError where the plan has no such step, or several that could be meant
 */
export function decideApproval(flight: Flight, wanted: string | null, spoken: Words, signing: Signing): Decision {
  const { release, hash, plan, exactPlan, status } = flight;
  if (isAborted(flight)) return { refused: `${release} is aborted: there is nothing to approve.` };
  if (isPromoted(flight)) return { refused: promoted(flight, 'there is nothing to approve') };
  const steps = approvalSteps(plan);
  if (steps.length === 0) return { refused: noApprovals(flight) };
  if (plan.risk === 'high' && !plan.signing)
    return {
      refused: `${release} is of high risk: approvals count from Git alone. \`tidegate approve ${release} --git\`, then a pull request.`,
    };
  const step = chosen(flight, wanted);
  const words = signing.wordsFor(exactPlan, hash, spoken);
  if ('refused' in words) return words;
  if (status !== null && status.step !== null && status.step > step.index)
    return { refused: `${release} is past '${step.name}' already: it is ${placeOf(flight)}.` };
  if (status === null)
    return { refused: `no runner has begun with plan ${hash} of ${release}: what is approved before counts as approved unseen.` };
  if (status.step !== step.index)
    return {
      refused: `${release} does not wait for '${step.name}' yet: it is ${placeOf(flight)}, and whoever approves before the gates have passed has not seen them.`,
    };
  const { taken, given, inVain } = approversOf(flight, step.name);
  if (taken.some((by) => isSamePerson(by, words.by)))
    return { refused: `${words.by} has approved '${step.name}' already: one person counts once.` };
  if (given.some((by) => isSamePerson(by, words.by)))
    return {
      refused: `${words.by} has approved '${step.name}' already, and the runner has yet to take it: ${status.reason || 'it is not there yet'}.`,
    };
  const before = inVain.flatMap(({ by, why }) =>
    isSamePerson(by, words.by) ? `The earlier approval of ${by} does not count: ${why}.` : [],
  );
  const approval = signing.sign(exactPlan, { plan: hash, approval: step.name, ...words }, status.countsSince);
  return {
    by: words.by,
    entries: { [approvalKey(approval)]: orderText(approval) },
    said: `approved '${step.name}' of ${release}, plan ${hash}, by ${words.by}`,
    next: [...before, afterApproval(flight, step)].join(' '),
  };
}

function chosen(flight: Flight, wanted: string | null): ApprovalStep & { readonly index: number } {
  const { release, hash, plan, status } = flight;
  const steps = approvalSteps(plan);
  const names = [...new Set(steps.map(({ name }) => name))].join(', ');
  const ahead = steps.filter(({ index }) => index >= (status?.step ?? 0));
  if (wanted !== null) {
    const meant = ahead.find(({ name }) => name === wanted) ?? steps.find(({ name }) => name === wanted);
    if (!meant) throw new UsageError(`plan ${hash} of ${release} has no approval '${wanted}'; it has ${names}`);
    return meant;
  }
  const waiting = waitingFor(flight);
  // Where all are behind, the latest tells that there is nothing left to approve.
  const [first, ...more] =
    waiting !== null ? ahead.filter(({ name }) => name === waiting.name) : ahead.length > 0 ? ahead : steps.slice(-1);
  if (first && (waiting !== null || more.length === 0)) return first;
  throw new UsageError(`plan ${hash} of ${release} has the approvals ${names}; name one: tidegate approve ${release} APPROVAL`);
}

function afterApproval(flight: Flight, step: ApprovalStep & { readonly index: number }): string {
  const { taken, given } = approversOf(flight, step.name);
  const missing = step.count - taken.length - given.length - 1;
  if (missing > 0) return `${missing} more ${missing === 1 ? 'person' : 'persons'} must approve: one person counts once.`;
  return 'The runner goes on within seconds, provided that the gates before it passed in the last 15 minutes.';
}

const placeOf = ({ status, plan }: Flight): string => `at step ${(status?.step ?? 0) + 1} of ${plan.steps.length}`;

function noApprovals({ release, hash, plan }: Flight): string {
  const { waived } = plan.approvals;
  return `plan ${hash} of ${release} asks for no approval${waived === null ? '' : `: ${waived} waives it`}.`;
}

const stuck = ({ release, status }: Flight): string =>
  `${release} is held on stable: ${status?.reason || 'what its runner read contradicts itself'}. \`tidegate retry ${release}\` starts over, \`abort\` ends it.`;
const promoted = ({ release, plan }: Flight, rest: string): string =>
  `${release} is promoted, ${plan.candidate.revision} has all traffic: ${rest}.`;
const because = ({ reason }: Order): string => (reason === '' ? '' : `: ${reason}`);
const weightOf = ({ status }: Flight): string => (status?.weight.set === null || status === null ? '' : ` (${status.weight.set} %)`);
const stepOf = ({ status, plan }: Flight): string =>
  status?.step === null || status === null ? '' : ` at step ${status.step + 1} of ${plan.steps.length}`;
