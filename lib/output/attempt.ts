import { type Problem, ProblemError } from '../schema/problem.ts';

/**
 * Runs one file operation and turns its failure into a problem that names the place and the remedy.
 * @param place path relative to the repository
 */
export function attempt<T>(doing: 'read' | 'write' | 'remove', place: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Without a code it did not come from the file system, and its stack is needed.
    if (code === undefined) throw error;
    throw new ProblemError([problemOf(doing, place, code, message)]);
  }
}

function problemOf(doing: string, place: string, code: string, message: string): Problem {
  const [reason, remedy] = REASONS[code] ?? [message, 'Mend that'];
  return { message: `cannot ${doing} ${place}: ${reason} (${code}).`, help: `${remedy} and run again; everything is as it was.` };
}

const PERMISSION = 'Give yourself the right to write there';
const REASONS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EACCES: ['permission is denied', PERMISSION],
  EPERM: ['the operation is not permitted', PERMISSION],
  EROFS: ['the file system is read-only', 'Mount it writable'],
  ENOSPC: ['no space is left', 'Free some space'],
  EDQUOT: ['your quota of space is used up', 'Free some space'],
  EMFILE: ['too many files are open', 'Close some programs'],
  ENAMETOOLONG: ['the name is too long for this file system', 'Shorten the name'],
  ENOENT: ['it has gone while tidegate ran', 'Make sure that nothing else works there'],
  EEXIST: ['something else was put there while tidegate ran', 'Make sure that nothing else works there'],
  EISDIR: ['a folder stands there', 'Move it away'],
  ENOTDIR: ['a file stands where a folder is needed', 'Move it away'],
  ENOTEMPTY: ['something else was put there while tidegate ran', 'Make sure that nothing else works there'],
};
