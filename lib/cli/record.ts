import { DEFAULT_APP, DEFAULT_OUT } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { synthesize } from '../constructs/synthesize.ts';
import { type Command, formatOption, textOption, textOptions, UsageError } from './command.ts';
import { report, toldOf } from './told.ts';
import { printRefusal, rulesFor } from './verdict.ts';
import { writesOf } from './write.ts';

export const record: Command = {
  name: 'record',
  summary: "make a release's first lock entry",
  help: `Usage: tidegate record RELEASE... --initial [--target T] [--app FILE] [--out DIR]

--initial makes the first entry of a release: what its intent describes now is declared stable, without gates. For
something new, or something that nobody uses yet. A release has one first entry; every later change is a release.

Options:
  --initial              make the first entry (required)
  --target T             only this target; may be given several times
  --app FILE             the cdk8s program (default ${DEFAULT_APP})
  --out DIR              folder of the manifests (default dist)
  --format text|json     text (default) or JSON

Examples:
  tidegate record web --initial
  git add dist lock && git commit -m "Add web"
`,
  options: {
    app: { type: 'string' },
    format: { type: 'string' },
    initial: { type: 'boolean' },
    out: { type: 'string' },
    target: { type: 'string', multiple: true },
  },
  async run(invocation) {
    const releases = invocation.positionals;
    if (releases.length === 0) throw new UsageError('record takes a release: tidegate record RELEASE --initial');
    if (invocation.values.initial !== true) throw new UsageError(`record needs --initial: tidegate record ${releases.join(' ')} --initial`);
    const format = formatOption(invocation, ['text', 'json']);
    const targets = textOptions(invocation, 'target');
    const project = new Project({ initial: releases, ...(targets.length > 0 ? { targets } : {}) });
    const judge = rulesFor(project);
    const synthesis = await synthesize(textOption(invocation, 'app') ?? DEFAULT_APP, project, releases);
    const out = textOption(invocation, 'out') ?? DEFAULT_OUT;
    const writes = writesOf(synthesis, project, out, false);
    const verdict = await judge(synthesis, out);
    if (!verdict.accepted) {
      await printRefusal(verdict, format, invocation.io);
      return 1;
    }
    report(toldOf(synthesis, verdict), writes.commit(), format, project, invocation);
    return 0;
  },
};
