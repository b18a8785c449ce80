import { DEFAULT_APP, DEFAULT_OUT } from '../../constructs/default-app.ts';
import { Project } from '../../constructs/project.ts';
import { synthesize } from '../../constructs/synthesize.ts';
import { lockPath } from '../../lock/read.ts';
import { formatOption, type Invocation, textOption, textOptions, UsageError } from '../command.ts';
import { report, toldOf } from '../told.ts';
import { printRefusal, rulesFor } from '../verdict.ts';
import { writesOf } from '../write.ts';
import { refuseLost } from './lost.ts';

/** `tidegate record RELEASE... --initial`: the first lock entry of what an intent describes. */
export async function recordInitial(invocation: Invocation): Promise<number> {
  const releases = invocation.positionals;
  if (releases.length === 0) throw new UsageError('record takes a release: tidegate record RELEASE --initial');
  if (textOption(invocation, 'adopt') !== null) return (await import('./adopt.ts')).recordAdoption(invocation);
  const format = formatOption(invocation, ['text', 'json']);
  const targets = textOptions(invocation, 'target');
  const project = new Project({ initial: releases, ...(targets.length > 0 ? { targets } : {}) });
  const judge = rulesFor(project);
  const synthesis = await synthesize(textOption(invocation, 'app') ?? DEFAULT_APP, project, releases);
  refuseLost(
    synthesis.releases.map(({ lock }) => lockPath(lock)),
    project.directory,
  );
  const out = textOption(invocation, 'out') ?? DEFAULT_OUT;
  const writes = writesOf(synthesis, project, out, false);
  const verdict = await judge(synthesis, out);
  if (!verdict.accepted) {
    await printRefusal(verdict, format, invocation.io);
    return 1;
  }
  report(toldOf(synthesis, verdict), writes.commit(), format, project, invocation);
  return 0;
}
