import type { Draft } from './draft.ts';
import { SERVED } from './effect.ts';
import { epochOf } from './judging.ts';
import { weightOf } from './level.ts';
import type { Memory } from './memory.ts';
import type { Release } from './read-plan.ts';

const INTERVAL_MILLISECONDS = 5_000;

/**
 * The share of requests that the candidate was last seen to get at this level, or null: nothing can tell. Asks for it
 * while a weight is on its way, and never when it was seen to be right.
 */
export function serving({ plan }: Release, { answers, asking }: Memory, draft: Draft): number | null {
  const step = plan.steps[draft.status.step];
  const { level } = draft.status;
  // Copies would count as requests.
  if (plan.route.mirrors?.some(({ name }) => (level.set.routes[name] ?? 0) > 0)) return null;
  if (plan.served === undefined || step === undefined || weightOf(step) !== level.set.weight || level.since === null) return null;
  const said = answers.filter(({ question }) => question.key === SERVED).at(-1);
  const due = said === undefined ? draft.at : said.at + INTERVAL_MILLISECONDS;
  if (due > draft.at) draft.by(due);
  else if (!asking.waiting.has(SERVED))
    draft.ask({ key: SERVED, epoch: epochOf(draft.status, SERVED), weight: level.set.weight }, plan.served);
  if (said?.answer.kind === 'number') return finite(said.answer.value);
  return said?.answer.kind === 'numbers' && said.answer.values.length === 1 ? finite(said.answer.values[0]) : null;
}

const finite = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null);
