import { type Problem, ProblemError } from '../schema/problem.ts';
import { type Io, UsageError } from './command.ts';

/** What a person can mend is told as such; anything else is Tidegate's own fault, and keeps its stack. */
export function printError(error: unknown, io: Pick<Io, 'err'>): void {
  if (error instanceof ProblemError) printProblems(error.problems, io);
  else if (error instanceof UsageError) io.err(`tidegate: ${error.message}\n`);
  else io.err(`tidegate: internal error, please report it with what follows\n${error instanceof Error ? error.stack : String(error)}\n`);
}

/** Problems grouped by file, one line each with its remedy below, and a count at the end. */
export function printProblems(problems: readonly Problem[], io: Pick<Io, 'err'>): void {
  const byFile = new Map<string, Problem[]>();
  for (const problem of problems) {
    const file = problem.at?.file ?? '';
    byFile.set(file, [...(byFile.get(file) ?? []), problem]);
  }
  for (const [file, group] of byFile) {
    if (file) io.err(`${file}\n`);
    for (const problem of group) io.err(describe(problem, file ? '  ' : ''));
  }
  io.err(`\n${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; nothing was written.\n`);
}

function describe({ at, path, message, help }: Problem, indent: string): string {
  const place = at ? `${at.line}:${at.column}  ` : '';
  const help_ = help ? `\n${indent}    ${help}` : '';
  return `${indent}${place}${path ? `${path}: ` : ''}${message}${help_}\n`;
}
