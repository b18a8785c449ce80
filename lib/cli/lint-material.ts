import { existsSync, readFileSync } from 'node:fs';
import { stdin } from 'node:process';
import { DEFAULT_APP, DEFAULT_OUT } from '../constructs/default-app.ts';
import { type Known, readBaseline } from '../policy/baseline.ts';
import type { Material } from '../policy/lint.ts';
import { checkOnCores, type Policy } from '../policy/policy.ts';
import { decode } from '../policy/read/decode.ts';
import { type ReadFile, readFiles } from '../policy/read/files.ts';
import type { SourceText } from '../policy/read/objects.ts';
import { type Invocation, textOption, textOptions, UsageError } from './command.ts';
import type { OwnOutput } from './own-output.ts';

/** What a run of `lint` is about: the paths that are given, else what the project's charts make. */
export async function materialOf(invocation: Invocation): Promise<OwnOutput> {
  const { positionals } = invocation;
  if (positionals.length === 0) {
    // Charts need cdk8s, which takes longer to load than a file to lint.
    const { ownOutput } = await import('./own-output.ts');
    const ref = textOption(invocation, 'base');
    const locks = ref === null ? null : (await import('./base.ts')).textsAt(ref, ['lock']);
    return ownOutput(textOption(invocation, 'app') ?? DEFAULT_APP, textOptions(invocation, 'target'), locks);
  }
  for (const option of ['app', 'target'])
    if (invocation.values[option] !== undefined) throw new UsageError(`--${option} is for the project's own output; leave out the paths`);
  const none = { inFlight: [], stale: [], promotions: [], unproven: [], approvals: [], flights: [], queued: [] };
  return { material: await writtenFiles(positionals), ...none };
}

/** Files are read while they are linted, so that no more than what is needed stays in memory. */
async function writtenFiles(paths: readonly string[]): Promise<Material> {
  const piped = paths.includes('-') ? [await standardInput()] : [];
  const unreadable: { name: string; reason: string }[] = [];
  function* texts(): Iterable<SourceText> {
    for (const read of [readFiles(paths.filter((path) => path !== '-')), piped])
      for (const file of read)
        if ('text' in file) yield file;
        else unreadable.push({ name: file.name, reason: file.problem });
  }
  return { texts: texts(), unreadable };
}

async function standardInput(): Promise<ReadFile> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  const decoded = decode(Buffer.concat(chunks));
  return 'text' in decoded ? { name: '<stdin>', text: decoded.text } : { name: '<stdin>', problem: decoded.reason };
}

/** What was found before, of which this run shall not speak. @throws UsageError where a file or commit gives none */
export async function findingsBefore(invocation: Invocation, policy: Policy, today: string): Promise<readonly Known[]> {
  const [file, ref] = [textOption(invocation, 'baseline'), textOption(invocation, 'base')];
  return [
    ...(file === null ? [] : fromReport(file)),
    ...(ref === null ? [] : await fromCommit(ref, invocation.positionals, policy, today)),
  ];
}

function fromReport(file: string): readonly Known[] {
  if (!existsSync(file))
    throw new UsageError(`--baseline ${file}: there is no such file; \`tidegate lint --format json=${file}\` makes one`);
  const known = readBaseline(readFileSync(file, 'utf8'));
  if (known === null) throw new UsageError(`--baseline ${file} is no report of \`tidegate lint --format json\``);
  return known;
}

async function fromCommit(ref: string, paths: readonly string[], policy: Policy, today: string): Promise<readonly Known[]> {
  if (paths.includes('-')) throw new UsageError('--base cannot tell what standard input was before; use --baseline with a report of it');
  const { textsAt } = await import('./base.ts');
  const texts = textsAt(ref, paths.length === 0 ? [DEFAULT_OUT] : paths);
  const { findings } = await checkOnCores({ texts, unreadable: [] }, { ...policy, waivers: { entries: [], flaws: [] } }, today);
  return findings;
}
