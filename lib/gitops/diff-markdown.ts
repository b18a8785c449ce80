import { planMarkdown } from '../plan/markdown.ts';
import { code, text } from '../plan/markdown-words.ts';
import { planMermaid } from '../plan/mermaid.ts';
import type { Diff, ReleaseDiff } from './diff.ts';
import { type ObjectChange, objectDiff } from './diff-objects.ts';

/** A comment of GitHub holds 65,536 characters; this leaves some for what a workflow adds. */
const LONGEST_COMMENT = 60_000;

/** For a comment on a pull request: what happens, what a reviewer must not miss, and behind a fold plans and objects. */
export function diffMarkdown({ releases, untouched, repository, others }: Diff): string {
  const brief = [
    `## ${releases.some(isGrave) || repository.some(({ warning }) => warning !== null) ? ':warning: ' : ''}What this change does`,
    ...(releases.length === 0 ? ['No release changes.'] : []),
    ...releases.map(inBrief),
    ...(repository.length > 0
      ? [
          '### For every release',
          list(repository.map(({ words, warning }) => (warning === null ? text(words) : `:warning: ${text(warning)}`))),
        ]
      : []),
    ...(untouched > 0 ? [`${untouched} ${untouched === 1 ? 'release is' : 'releases are'} as before.`] : []),
  ];
  const plans = releases.flatMap(({ release, after, effect }) =>
    after?.lock.inFlight && BEGINS.includes(effect)
      ? [folded(`The whole plan of ${text(release)}`, planMarkdown(after.plan, after.lock.inFlight.hash).trimEnd())]
      : [],
  );
  const objects = [...releases.map(({ release, objects }) => ({ name: text(release), objects })), { name: 'no release', objects: others }];
  const folds = objects.flatMap((one) =>
    one.objects.length > 0 ? [folded(`${one.objects.length} objects of ${one.name}`, fenced(one.objects))] : [],
  );
  return `${fitting(brief, [...plans, ...folds]).join('\n\n')}\n`;
}

const BEGINS = ['starts', 'supersedes', 'attempt'];
const isGrave = ({ warnings }: ReleaseDiff): boolean => warnings.length > 0;

function inBrief({ release, target, warnings, words, changes, after, effect }: ReleaseDiff): string {
  return [
    `### ${text(release)} on ${text(target)}`,
    words.map(text).join('\n'),
    after && BEGINS.includes(effect) ? `\`\`\`mermaid\n${planMermaid(after.plan)}\n\`\`\`` : '',
    list(warnings.map((warning) => `:warning: ${text(warning)}`)),
    list(changes.filter(({ warning }) => warning === null).map((change) => text(change.words))),
  ]
    .filter(Boolean)
    .join('\n\n');
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
const folded = (summary: string, content: string): string => `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;

function fenced(objects: readonly ObjectChange[]): string {
  const content = objects.map((object) => objectDiff(object)).join('');
  const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${list(objects.map(({ change, name }) => `${change} ${code(name)}`))}\n\n${fence}diff\n${content}${fence}`;
}

/** What is folded goes first where it is too long, then what is last of the rest. */
function fitting(brief: readonly string[], folds: readonly string[]): readonly string[] {
  const shown: string[] = [];
  let length = 0;
  for (const block of [...brief, ...folds]) {
    if (length + block.length + 2 > LONGEST_COMMENT) continue;
    length += block.length + 2;
    shown.push(block);
  }
  return shown.length === brief.length + folds.length ? shown : [...shown, 'More did not fit into a comment; `tidegate diff` shows it.'];
}
