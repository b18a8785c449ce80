import { oneLine } from '../plan/words.ts';
import type { Diff, ReleaseDiff } from './diff.ts';
import { type ObjectChange, objectDiff } from './diff-objects.ts';

export interface DiffTextOptions {
  /** Whether to use terminal colours. */
  readonly color: boolean;
  /** Whether to show the objects as a unified diff, or their names alone. */
  readonly objects: boolean;
}

/** For a terminal: words for each release, then all objects as a unified diff. Empty where nothing differs. */
export function diffText(diff: Diff, { color, objects }: DiffTextOptions): string {
  const paint: Paint = (style, text) => (color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text);
  const { releases, repository, others } = diff;
  const blocks = [
    ...releases.map((release) => releaseText(release, paint)),
    ...section('For every release', repository, paint),
    ...(others.length > 0 ? [`${paint('bold', 'Objects of no release')}\n\n${objectList(others, paint)}`] : []),
    ...(objects
      ? [...releases.flatMap((release) => release.objects), ...others].map((object) => painted(objectDiff(object), paint).trimEnd())
      : []),
  ];
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Paint = (style: keyof typeof STYLES, text: string) => string;

function releaseText({ release, target, namespace, words, warnings, changes, objects }: ReleaseDiff, paint: Paint): string {
  const list = (items: readonly string[], before: string) => items.map((item) => before + oneLine(item)).join('\n');
  return [
    `${paint('bold', oneLine(release))}  ${paint('dim', oneLine(`${target}/${namespace}`))}`,
    list(words, ''),
    warnings.map((warning) => paint('yellow', `! ${oneLine(warning)}`)).join('\n'),
    list(
      changes.map((change) => change.words),
      '  ',
    ),
    objectList(objects, paint),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

function section(title: string, changes: Diff['repository'], paint: Paint): readonly string[] {
  if (changes.length === 0) return [];
  const lines = changes.map(({ words, warning }) => (warning === null ? `  ${oneLine(words)}` : paint('yellow', `! ${oneLine(warning)}`)));
  return [`${paint('bold', title)}\n\n${lines.join('\n')}`];
}

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;
const COLORS = { added: 'green', changed: 'cyan', removed: 'red' } as const;

const objectList = (objects: readonly ObjectChange[], paint: Paint): string =>
  objects
    .map(({ change, name, file }) => `  ${paint(COLORS[change], `${SIGNS[change]} ${oneLine(name)}`)}  ${paint('dim', oneLine(file))}`)
    .join('\n');

function painted(unified: string, paint: Paint): string {
  const style = (line: string) =>
    /^(?:---|\+\+\+) /.test(line) ? 'bold' : line.startsWith('@@') ? 'cyan' : line.startsWith('+') ? 'green' : 'red';
  return unified
    .split('\n')
    .map((line) => (/^[-+@]/.test(line) ? paint(style(line), harmless(line)) : harmless(line)))
    .join('\n');
}

/** A terminal obeys control characters, whoever wrote them. */
const harmless = (line: string): string => line.replace(/[\p{Cc}]/gu, (character) => (character === '\t' ? character : '\ufffd'));
