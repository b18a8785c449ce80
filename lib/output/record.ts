import { ProblemError } from '../schema/problem.ts';

/** Name of the file in which a folder lists what tidegate wrote there. */
export const RECORD = '.files';

const HEADER = '# What tidegate wrote into this folder. It changes and removes these files and no others. Never edit this list.';

/** The text of a record: sorted, one name a line. */
export const formatRecord = (names: Iterable<string>): string => `${[HEADER, ...[...names].sort()].join('\n')}\n`;

/**
 * The names in a record.
 * @param place its path, for the error
 * @throws ProblemError where it is not what was written: merge conflicts above all
 */
export function parseRecord(text: string, place: string): ReadonlySet<string> {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.some((line) => /^(<{7}|={7}|>{7}|\|{7})/.test(line)))
    throw new ProblemError([
      {
        message: `${place} holds a merge conflict.`,
        help: 'Keep the names of both sides, delete the markers, and run again: it sorts out the rest.',
      },
    ]);
  const strange = lines.find((line) => !/^[^./\\\s][^/\\\s]*$/.test(line));
  if (strange !== undefined)
    throw new ProblemError([
      {
        message: `${place} lists '${strange.slice(0, 80)}', which is no name of a file that tidegate writes.`,
        help: `Restore it with \`git checkout -- ${place}\` and run again.`,
      },
    ]);
  return new Set(lines);
}
