// What a run asks of one piece of a text and of nothing else, so that any thread can answer it. All of it is plain data.
import { differencesOf } from '../differences.ts';
import { Places, type Span } from './locate.ts';
import { type Content, objectsIn } from './objects.ts';
import { parse } from './parse.ts';

export interface ToRead {
  /** Of the file. */
  readonly name: string;
  readonly text: string;
}

export interface ToLocate {
  readonly text: string;
  readonly questions: readonly Question[];
}

/** Where a value of a document is written; of a `key`, where the key is. */
export interface Question {
  readonly document: number;
  readonly path: readonly string[];
  readonly key: boolean;
}

export type Work = keyof typeof WORK;
export type Input<W extends Work> = Parameters<(typeof WORK)[W]>[0];
export type Output<W extends Work> = ReturnType<(typeof WORK)[W]>;

export const WORK = { read, locate };

function read({ name, text }: ToRead): Content {
  const content = parse({ text });
  const piece = { text, offset: 0, number: 1 };
  const { entries } = objectsIn([{ text: { name, text }, piece, content }]);
  return { ...content, differences: entries.map(differencesOf) };
}

function locate({ text, questions }: ToLocate): readonly Span[] {
  const places = new Places({ text });
  return questions.map(({ document, path, key }) => (key ? places.findKey(document, path) : places.find(document, path)));
}
