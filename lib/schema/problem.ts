/** What was wrong, where, and what to do next: the one shape in which user mistakes travel. */
export interface Problem {
  /** One sentence that names the thing and the numbers. */
  readonly message: string;
  /** Where the author can mend it: a line of TypeScript or of a YAML file. */
  readonly at?: SourceLocation;
  /** Path inside the intent, file or object, such as `traffic.hosts[0]` or `/spec/replicas`. */
  readonly path?: string;
  /** What to do next. */
  readonly help?: string;
}

/** A place in a file: `file` relative to the working directory, `line` and `column` from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Several problems at once, so that a run reports all of them together. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** `file:line:column: message (at path). Help.` on one line, parts that are unknown left out. */
export function formatProblem(problem: Problem): string {
  const place = problem.at ? `${problem.at.file}:${problem.at.line}:${problem.at.column}: ` : '';
  const path = problem.path ? `${problem.path}: ` : '';
  return `${place}${path}${problem.message}${problem.help ? ` ${problem.help}` : ''}`;
}
