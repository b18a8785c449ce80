import { posix } from 'node:path';
import { cwd } from 'node:process';
import { DEFAULT_APP, DEFAULT_OUT } from '../constructs/default-app.ts';
import { diff, isEmpty } from '../gitops/diff.ts';
import { diffJson } from '../gitops/diff-json.ts';
import { diffMarkdown } from '../gitops/diff-markdown.ts';
import { diffText } from '../gitops/diff-text.ts';
import { type Command, formatOption, type Invocation, textOption, textOptions } from './command.ts';
import { sidesOf } from './diff-sides.ts';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'what a change does to each release',
  help: `Usage: tidegate diff [RELEASE ...] [--base REF] [--format text|json|markdown] [--words] [--target T]

Compares this working tree, compiled in memory, with the lock and manifests that Git had where the change began: for each
release what it means (a release starts, and how it goes; one in flight is superseded; nothing restarts), every setting
that differs, and the objects as a unified diff. What a reviewer must not miss is marked: a gate, probe or approval that
goes, a threshold that is loosened, a deadline that grows, a selector that means other pods. Writes nothing.

Options:
  --base REF             compare with the commit shared with REF (default: with origin's own branch, else HEAD)
  --format text|json|markdown
                         text (default); markdown is ready for a comment on a pull request
  --words                leave out the unified diff of the objects; for text
  --target T             only this target; may be given several times
  --app FILE             the cdk8s program (default ${DEFAULT_APP})
  --out DIR              folder of the manifests (default dist)

Exit code 0: nothing differs; 1: something does, as of \`kubectl diff\`; 2: it cannot be compared.

Examples:
  tidegate diff
  tidegate diff web --base origin/main --words
  tidegate diff --format markdown > comment.md || [ $? -eq 1 ]
`,
  options: {
    app: { type: 'string' },
    base: { type: 'string' },
    format: { type: 'string' },
    out: { type: 'string' },
    target: { type: 'string', multiple: true },
    words: { type: 'boolean' },
  },
  run: (invocation) => diffIn(cwd(), invocation),
};

/** @param directory folder of the project */
export async function diffIn(directory: string, invocation: Invocation): Promise<number> {
  const format = formatOption(invocation, ['text', 'json', 'markdown']);
  const { io, positionals, values } = invocation;
  const { base, before, after, notes } = await sidesOf({
    directory,
    base: textOption(invocation, 'base'),
    app: textOption(invocation, 'app') ?? DEFAULT_APP,
    out: posix.normalize(textOption(invocation, 'out') ?? DEFAULT_OUT).replace(/\/$/, ''),
    targets: textOptions(invocation, 'target'),
    releases: positionals,
  });
  const found = diff(before, after);
  if (format === 'json') io.out(diffJson(found, base, notes));
  else if (format === 'markdown') io.out(diffMarkdown(found));
  else io.out(diffText(found, { color: io.color, objects: values.words !== true }));
  for (const note of notes) io.err(`Note: ${note}\n`);
  const { length } = found.releases;
  const what = isEmpty(found)
    ? 'Nothing differs'
    : `${length} ${length === 1 ? 'release changes' : 'releases change'}, ${found.untouched} as before`;
  io.err(
    `${what}; compared with ${base.ref} at ${base.commit.slice(0, 12)}${base.how === 'shared' ? '' : ', which shares no known commit with this'}.\n`,
  );
  return isEmpty(found) ? 0 : 1;
}
