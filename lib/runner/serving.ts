import { MUTE_SECONDS, SETTLE_SECONDS } from '../plan/settling.ts';
import type { Draft } from './draft.ts';
import { epochOf, SERVED } from './effect.ts';
import { describeLevel, levelAfter, weightOf } from './level.ts';
import type { Answered, Memory } from './memory.ts';
import type { Release } from './release.ts';

const INTERVAL_MILLISECONDS = 5_000;

/**
 * What is missing before the level counts as served, for people; '': nothing. The route holds it for a while, and where
 * a metric can tell which share of requests the candidate gets, the traffic itself shows it. Asks for that meanwhile.
 */
export function unserved({ plan }: Release, { answers, asking }: Memory, draft: Draft): string {
  const { status, at } = draft;
  const { set, held, since } = status.level;
  const { lastAt } = status.resets;
  const name = describeLevel(set);
  const { weight, routes } = set;
  const step = plan.steps[status.step];
  const earns = step !== undefined && (step.kind === 'analysis' || levelAfter(step, set, plan) !== null);
  if (since !== null && (held !== null || !earns)) return '';
  if (held === null) {
    // A guard does not stay blind for a router's sake; what is earned waits for it.
    if (lastAt !== null && !earns) {
      if (Math.abs(at - lastAt) >= MUTE_SECONDS * 1_000) return '';
      draft.by(lastAt + MUTE_SECONDS * 1_000);
    }
    return `the route does not hold ${name}, or its router has not accepted it`;
  }
  if (step === undefined) return '';
  // Copies would count as requests, what is given up is missing, and what a route of headers gives comes beside the share.
  const mirrors = plan.route.mirrors?.some(({ name }) => (routes[name] ?? 0) > 0);
  const tells =
    plan.served && weight > 0 && !mirrors && !status.remedies.shed && step.kind !== 'setHeaderRoute' && step.kind !== 'setMirrorRoute';
  const said = answers.filter(({ question }) => question.key === SERVED).at(-1);
  // A clock that was set back: nobody waits for what is of the future.
  const passes = (seconds: number): boolean => {
    if (Math.abs(at - held) >= seconds * 1_000) return true;
    draft.by(held + seconds * 1_000);
    return false;
  };
  if (!passes(SETTLE_SECONDS)) return `${name} settles`;
  if (!tells) return '';
  // Asked from now on only: what was served before it settled is no proof.
  const due = said === undefined ? at : said.at + INTERVAL_MILLISECONDS;
  if (due > at) draft.by(due);
  else if (!asking.waiting.has(SERVED)) draft.ask({ key: SERVED, epoch: epochOf(status, SERVED), weight }, plan.served);
  const share = shareOf(said?.answer);
  const tolerance = Math.max(2, weight / 4);
  // Nobody knows how many requests have the headers: with them, more is no contradiction.
  const beside = Object.values(routes).some((percent) => percent > 0);
  if (share !== null && weight - share <= tolerance && (beside || share - weight <= tolerance)) return '';
  // What was served before comes back by itself, and a guard does not stay blind for a metric's sake.
  if (passes(MUTE_SECONDS) && (share === null || weightOf(step) !== weight)) return '';
  return share === null
    ? `${weight} % is held; which share is served is not known yet`
    : `the route holds ${weight} %, but ${Math.round(share * 10) / 10} % is served`;
}

function shareOf(answer: Answered['answer'] | undefined): number | null {
  const [value, more] = answer?.kind === 'number' ? [answer.value] : answer?.kind === 'numbers' ? answer.values : [];
  return value !== undefined && more === undefined && Number.isFinite(value) ? value : null;
}
