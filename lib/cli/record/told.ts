import type { Lock } from '../../lock/lock.ts';
import type { Written } from '../../output/files.ts';
import type { Problem } from '../../schema/index.ts';
import { type Invocation, textOption, textOptions, UsageError } from '../command.ts';
import type { Where } from '../operator/locked.ts';
import { refuse } from '../operator/say.ts';

/** The one release that a form of `record` is about. @throws UsageError */
export function whereIn(invocation: Invocation, command: string): Where {
  const [release, more] = invocation.positionals;
  if (release === undefined) throw new UsageError(`${command} takes a release: tidegate ${command} RELEASE`);
  if (more !== undefined) throw new UsageError(`${command} takes one release, and '${more}' is a second`);
  const [target = textOption(invocation, 'target'), another] = textOptions(invocation, 'target');
  if (another !== undefined) throw new UsageError('one target at a time: give --target once');
  return { release, target, namespace: textOption(invocation, 'namespace') };
}

export interface Told {
  readonly lock: Lock;
  readonly said: string;
  /** What the text says beside, in lines. @default nothing */
  readonly detail?: string;
  /** What the JSON says beside. */
  readonly told: Readonly<Record<string, unknown>>;
  readonly written: Written;
  readonly next: string | null;
}

/** What was done, as a line or as JSON. @returns exit code 0 */
export function report({ lock, said, detail = '', told, written, next }: Told, { values, io }: Invocation): number {
  const { release, namespace, target, inFlight, retiring, cold = [] } = lock;
  if (values.format === 'json') {
    const now = {
      inFlight: inFlight?.hash ?? null,
      retiring: retiring.map(({ revision }) => revision.name),
      cold: cold.map(({ name }) => name),
    };
    io.out(`${JSON.stringify({ version: 1, release, namespace, target, ...told, said, ...now, files: written }, null, 2)}\n`);
    return 0;
  }
  io.out(`${release}  ${said}\n${detail}`);
  const { written: put, removed } = written;
  const [write, remove] = told.drill === true ? ['to write', 'to remove'] : ['written', 'removed'];
  const counts = [put.length > 0 ? `${put.length} ${write}` : '', removed.length > 0 ? `${removed.length} ${remove}` : ''].filter(Boolean);
  io.err(`\n${counts.join(', ') || 'Nothing to write'}.${next === null ? '' : ` ${next}`}\n`);
  return 0;
}

/** A negative answer, with every reason. @returns exit code 1 */
export function refuseWith(problems: readonly Problem[], { release, target }: Lock, invocation: Invocation): number {
  const why = problems.map(({ message, help }) => (help === undefined ? message : `${message} ${help}`)).join('\n');
  return refuse(why, { version: 1, release, target }, invocation);
}
