// The rooms of lib/ and their levels, as .dependency-cruiser.cjs enforces them, drawn with Mermaid.
import { createRequire } from 'node:module';

const CONFIG = '../../.dependency-cruiser.cjs';
const BEGIN = '<!-- rooms: generated from .dependency-cruiser.cjs by `npm run gen:docs` -->';
const END = '<!-- /rooms -->';

interface Rule {
  readonly name: string;
  readonly from: { readonly path?: string };
  readonly to: { readonly path?: string; readonly pathNot?: string };
}

/** From the top of the house down. A room imports from its own level and from those below. */
export function levels(): readonly (readonly string[])[] {
  const { forbidden } = createRequire(import.meta.url)(CONFIG) as { readonly forbidden: readonly Rule[] };
  const arrows = forbidden.filter(({ name }) => name.startsWith('arrows-of-'));
  return [roomsIn(arrows[0]?.to.path), ...arrows.map(({ from }) => roomsIn(from.path))];
}

/** `^lib/(lock|plan)/` names lock and plan. */
function roomsIn(pattern = ''): readonly string[] {
  const rooms = /^\^lib\/\(([\w|]+)\)\/$/.exec(pattern)?.[1];
  if (rooms === undefined) throw new Error(`.dependency-cruiser.cjs: '${pattern}' names no rooms; tools/docs/rooms.ts reads ^lib/(a|b)/`);
  return rooms.split('|');
}

/** One box a level, from top to bottom; an arrow means "may import from". */
function picture(): string {
  const boxes = levels().map(
    (rooms, index) => `  subgraph L${index}[" "]\n    direction LR\n${rooms.map((room) => `    ${room}`).join('\n')}\n  end`,
  );
  const arrows = levels()
    .slice(1)
    .map((_, index) => `  L${index} --> L${index + 1}`);
  return ['```mermaid', 'flowchart TB', ...boxes, ...arrows, '```'].join('\n');
}

/** The page with the picture of today between its two marks. @throws Error where a mark is missing */
export function withRooms(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page lacks '${BEGIN}' or '${END}'`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${picture()}\n\n${text.slice(end)}`;
}
