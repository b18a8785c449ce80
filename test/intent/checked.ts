import { expect, test } from 'vitest';
import { checkIntent } from '../../lib/intent/check.ts';
import { formatProblem } from '../../lib/schema/problem.ts';
import { accepted } from './valid.ts';

/** What is wrong with an intent that is right but for these changes. */
export const problemsOf = (changes: Readonly<Record<string, unknown>>, release = 'web') =>
  checkIntent(release, accepted(changes)).map(formatProblem);

type Row = [changes: Record<string, unknown>, ...problems: string[]];

/** A test for each row. */
export const table = (rows: Row[]) =>
  test.each(rows)('%j', (changes, ...expected) => {
    expect(problemsOf(changes)).toEqual(expected);
  });
