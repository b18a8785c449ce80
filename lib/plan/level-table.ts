import { type Sight, windows } from './detect.ts';
import { formatSeconds } from './duration.ts';
import { type Level, levels } from './exposure.ts';
import type { Plan } from './plan.ts';
import { describeExposure, formatFactor, thousands } from './words.ts';

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
      return [
        ...times(level),
        ...(level.exposure === 0 ? withoutShare(level) : requests(level)),
        ...(level.exposure === 100 ? ['-', '-'] : [sight(longest?.peak), sight(longest?.low)]),
      ];
    }),
  };
}

function requests({ blast: { requestsBeforeVerdict, requestsWhenPassed }, entries, waits, beside }: Level): string[] {
  const ends = entries.every(({ step }) => step.kind !== 'bake');
  const more = waits || beside.headers.length > 0 || beside.shed === true;
  return [
    requestsBeforeVerdict === null ? 'no limit' : `≥ ${thousands(requestsBeforeVerdict)}`,
    ends && requestsWhenPassed !== null ? `${more ? '≥ ' : ''}${thousands(requestsWhenPassed)}` : 'all',
  ];
}

/** Nobody sees the answers to copies, and nobody has said how many requests have the headers. */
function withoutShare({ beside }: Level): string[] {
  const answered = beside.headers.length === 0 ? 'none' : 'by headers';
  return [answered, answered];
}

function times({ exposure, beside, startSeconds, endSeconds, waits, blast }: Level): string[] {
  const lasts = formatSeconds(endSeconds - startSeconds);
  return [
    describeExposure(exposure, beside),
    waits ? `${endSeconds > startSeconds ? `${lasts} ` : ''}and waits` : lasts,
    blast.firstVerdictSeconds === null ? 'never' : formatSeconds(blast.firstVerdictSeconds),
  ];
}

const sight = (of: Sight | undefined) => (of === undefined ? '-' : of.factor === null ? 'nothing' : `≥ ${formatFactor(of.factor)}`);
