import { differencesOf } from '../differences.ts';
import { type Content, objectsIn } from './objects.ts';
import { parse } from './parse.ts';

/** All that is asked of one piece and of nothing else, so that any thread can read it. Plain data, as is what comes back. */
export interface Reading {
  /** Of the file. */
  readonly name: string;
  /** Of the piece. */
  readonly text: string;
}

export function readPiece({ name, text }: Reading): Content {
  const content = parse({ text });
  const { entries } = objectsIn([{ text: { name, text }, piece: { text, offset: 0, number: 1 }, content }]);
  return { ...content, differences: entries.map(differencesOf) };
}
