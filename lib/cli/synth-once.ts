import { cwd } from 'node:process';
import { DEFAULT_APP, DEFAULT_OUT } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { compile, declare } from '../constructs/synthesize.ts';
import { type LockKey, readLock } from '../lock/read.ts';
import { nearest, ProblemError } from '../schema/index.ts';
import { formatOption, type Invocation, textOption, textOptions } from './command.ts';
import { LastSynth } from './last-synth.ts';
import { report, toldOf } from './told.ts';
import { printRefusal, rulesFor } from './verdict.ts';
import { writesOf } from './write.ts';

/** One run over the repository in a folder. */
export async function once(invocation: Invocation, directory = cwd()): Promise<number> {
  const format = formatOption(invocation, ['text', 'json']);
  const targets = textOptions(invocation, 'target');
  const only = textOptions(invocation, 'only');
  const retry = textOptions(invocation, 'retry');
  const refresh = invocation.values.refresh === true;
  const project = new Project({
    directory,
    refresh,
    retry,
    ...(only.length > 0 ? { only } : {}),
    ...(targets.length > 0 ? { targets } : {}),
  });
  const out = textOption(invocation, 'out') ?? DEFAULT_OUT;
  const checking = invocation.values.check === true;
  const idle = idleRetries(project, retry);
  const judge = rulesFor(project);
  const declared = await declare(textOption(invocation, 'app') ?? DEFAULT_APP, project);
  const last = only.length > 0 || retry.length > 0 ? null : new LastSynth(declared, project, out);
  const known = last?.told();
  if (known) {
    if (checking) return check([], format, invocation);
    report(known, { written: [], removed: [], unchanged: known.files }, format, project, invocation);
    return 0;
  }
  const synthesis = await compile(declared, project, only.length > 0 ? only : null);
  const writes = writesOf(last?.noting(synthesis) ?? synthesis, project, out, only.length === 0);
  const verdict = await judge(synthesis, out);
  if (!verdict.accepted) {
    await printRefusal(verdict, format, invocation.io);
    return 1;
  }
  const stale = [...writes.added, ...writes.changed, ...writes.removed].sort();
  const told = toldOf(synthesis, verdict);
  if (checking) {
    if (stale.length === 0) last?.keep(told);
    return check(stale, format, invocation);
  }
  report(told, writes.commit(), format, project, invocation);
  for (const release of idle) invocation.io.err(`${release} was not given up: --retry changes nothing for it.\n`);
  last?.keep(told);
  return 0;
}

/**
 * Of the releases that are to be tried again, those that were given up on no target.
 * @throws ProblemError where one has no lock, and so never was released
 */
function idleRetries(project: Project, retry: readonly string[]): readonly string[] {
  if (retry.length === 0) return [];
  const keys = project.lockKeys();
  const known = [...new Set(keys.map(({ release }) => release))];
  const unknown = retry.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new ProblemError(
      unknown.map((name) => {
        const meant = nearest(name, known);
        return {
          message: `there is no release '${name}'${meant ? `; did you mean '${meant}'?` : '.'}`,
          help: `There are locks of ${known.join(', ') || 'none'}.`,
        };
      }),
    );
  const declined = (key: LockKey) => readLock(project.lockText(key) ?? '', key).declined !== undefined;
  return [...new Set(retry)].filter((name) => !keys.some((key) => key.release === name && declined(key)));
}

function check(stale: readonly string[], format: 'text' | 'json', { io }: Invocation): number {
  if (format === 'json') io.out(`${JSON.stringify({ version: 1, stale }, null, 2)}\n`);
  else for (const path of stale) io.out(`${path}\n`);
  if (stale.length === 0) return 0;
  io.err(`\n${stale.length} ${stale.length === 1 ? 'file is' : 'files are'} stale: run \`tidegate synth\` and commit dist/ and lock/.\n`);
  return 1;
}
