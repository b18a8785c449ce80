import type { ParseArgsConfig } from 'node:util';

/** One command of the CLI: what it is called, what it takes, and what it does. One file each. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Whole help: usage, what it does, options, examples. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Arguments that a shell completes. @default releases, where its usage says so */
  readonly words?: readonly string[];
  /** @returns the exit code of interfaces: 0 done and clean, 1 a negative answer, 2 usage or configuration */
  run(invocation: Invocation): Promise<number>;
}

export interface Invocation {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly io: Io;
}

/** Where a command speaks: data on `out`, everything else on `err`. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Colour and progress only on a terminal, and never against NO_COLOR. */
  readonly color: boolean;
}

/** What the person typed was wrong: printed with a hint, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A text option, or null where it was not given. */
export function textOption({ values }: Invocation, name: string): string | null {
  const value = values[name];
  return typeof value === 'string' ? value : null;
}

/** All values of a text option that may be given several times. */
export function textOptions({ values }: Invocation, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** `--format`, one of those allowed; the first is the default. @throws UsageError */
export function formatOption<F extends string>(invocation: Invocation, allowed: readonly [F, ...F[]]): F {
  const written = textOption(invocation, 'format') ?? allowed[0];
  const format = allowed.find((name) => name === written);
  if (format === undefined) throw new UsageError(`--format ${written} is not known here; it is one of ${allowed.join(', ')}`);
  return format;
}
