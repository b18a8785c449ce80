import { type Sight, windows } from './detect.ts';
import { formatSeconds } from './duration.ts';
import { type Level, levels } from './exposure.ts';
import type { Plan } from './plan.ts';
import { formatFactor, thousands } from './words.ts';

/** What every level costs if the candidate is bad, and what its gates can see: a table in words, for people. */
export interface LevelTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Without declared traffic only times are known, and the columns that need it are left out. */
export function levelTable(plan: Plan): LevelTable {
  const seen = windows(plan);
  const head = ['Level', 'Lasts', 'Can fail after'];
  if (seen === null) return { head, rows: levels(plan).map(times) };
  return {
    head: [...head, 'Requests until then', 'Requests if passed', 'Detects at peak', 'Detects when quiet'],
    rows: levels(plan).map((level) => {
      const own = seen.filter(({ index }) => level.entries.some((entry) => entry.index === index));
      const [longest] = own.toSorted((a, b) => b.seconds - a.seconds);
      const { requestsBeforeVerdict, requestsWhenPassed } = level.blast;
      return [
        ...times(level),
        requestsBeforeVerdict === null ? 'no limit' : `≥ ${thousands(requestsBeforeVerdict)}`,
        level.entries.some(({ step }) => step.kind === 'bake') || requestsWhenPassed === null
          ? 'all'
          : `${level.waits ? '≥ ' : ''}${thousands(requestsWhenPassed)}`,
        sight(longest?.peak),
        sight(longest?.low),
      ];
    }),
  };
}

function times({ exposure, startSeconds, endSeconds, waits, blast }: Level): string[] {
  const lasts = formatSeconds(endSeconds - startSeconds);
  return [
    `${exposure} %`,
    waits ? `${endSeconds > startSeconds ? `${lasts} ` : ''}and waits` : lasts,
    blast.firstVerdictSeconds === null ? 'never' : formatSeconds(blast.firstVerdictSeconds),
  ];
}

const sight = (of: Sight | undefined) => (of === undefined ? '-' : of.factor === null ? 'nothing' : `≥ ${formatFactor(of.factor)}`);
