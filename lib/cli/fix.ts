import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { realFileSystem } from '../output/file-system.ts';
import { Places } from '../output/places.ts';
import { applyAll } from '../output/transaction.ts';
import { type FixedFile, fixedFiles } from '../policy/fix.ts';
import { fixDiff } from '../policy/report/diff.ts';
import type { LintResult } from '../policy/result.ts';
import { type Invocation, UsageError } from './command.ts';

/** What `--fix` cannot be combined with. @throws UsageError */
export function checkFixOptions({ positionals, values }: Invocation): void {
  if (values.write === true && values.fix !== true) throw new UsageError('--write belongs to --fix');
  if (values.fix !== true) return;
  if (positionals.length === 0)
    throw new UsageError('--fix mends files that people wrote; name them. What charts make is mended in the charts');
  if (values.format !== undefined) throw new UsageError('--fix prints a diff and no report; leave out --format');
  if (values.write === true && positionals.includes('-'))
    throw new UsageError('--fix --write cannot write to standard input; leave out --write');
}

/**
 * Shows what can be mended as a diff, or writes it: all files or none.
 * @returns 1 where there is a diff that was not written
 */
export function fix(result: LintResult, { values, io }: Invocation): number {
  const files = fixedFiles(result);
  const count = files.reduce((sum, { findings }) => sum + findings.length, 0);
  if (values.write !== true) {
    io.out(fixDiff(files));
    io.err(
      count === 0
        ? 'Nothing can be mended mechanically.\n'
        : `\n${count} of ${result.findings.length} findings can be mended; add --write to do so.\n`,
    );
    return count === 0 ? 0 : 1;
  }
  const written = files.filter(isInPlace);
  const changes = written.map(({ file, after }) => ({ path: within(file), text: () => after, exists: true }));
  applyAll(changes, new Places(process.cwd(), realFileSystem), realFileSystem);
  for (const { file, findings } of written) io.err(`${file}: ${findings.length} mended\n`);
  for (const { file } of files.filter((one) => !written.includes(one)))
    io.err(`${file}: left as it is, since it is not UTF-8 or has changed meanwhile\n`);
  if (count === 0) io.err('Nothing can be mended mechanically.\n');
  return 0;
}

/** Whether the file still is what was linted, byte for byte. */
const isInPlace = ({ file, before }: FixedFile): boolean => readFileSync(file).equals(Buffer.from(before));

function within(file: string): string {
  const path = relative(process.cwd(), file);
  if (path.startsWith('..') || isAbsolute(path)) throw new UsageError(`--fix --write: ${file} is not below the working directory`);
  return path;
}
