import type { Container } from './pods.ts';
import { at, listAt } from './shape.ts';

/** One program that a container or its shell starts, as words. */
export interface Call {
  readonly words: readonly string[];
  /** Path of the argument that holds it. */
  readonly path: readonly string[];
}

/**
 * What a container runs: its command and arguments, and where these are a script for a shell, each call in it. Quotes are
 * taken off; variables stay as written.
 */
export function callsOf({ value, path }: Container): readonly Call[] {
  const calls: Call[] = [];
  const words = (['command', 'args'] as const).flatMap((field) =>
    listAt(value, field).map((word, index) => ({ word: typeof word === 'string' ? word : '', path: [...path, field, String(index)] })),
  );
  if (words.length > 0 && !isShell(words[0]?.word ?? '')) {
    const field = Array.isArray(at(value, 'command')) ? 'command' : 'args';
    calls.push({ words: words.map(({ word }) => word), path: [...path, field] });
  }
  for (const { word, path } of words) if (/\s/.test(word)) for (const call of script(word)) calls.push({ words: call, path });
  return calls;
}

const isShell = (program: string): boolean => /(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(program);

/** The calls of a shell script: words between line ends, `;`, `&&`, `||` and `|`. */
export function script(text: string): readonly (readonly string[])[] {
  const calls: string[][] = [[]];
  const joined = text.replaceAll('\\\n', ' ');
  for (const [token] of joined.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|&&|\|\||[;|&\n()`]|(?:\\.|[^\s;|&()`"'])+/g)) {
    if (/^(?:&&|\|\||[;|&\n()`])$/.test(token)) calls.push([]);
    else calls.at(-1)?.push(/^["']/.test(token) ? token.slice(1, -1) : token);
    const inside = /^".*?\$\((.*)\)/s.exec(token)?.[1];
    if (inside !== undefined) calls.unshift(...script(inside).map((words) => [...words]));
  }
  return calls.filter((words) => words.length > 0);
}

/** Whether a call has an option, alone, with `=`, or among short ones: `-f`, `-sSf`, `-m5`, `--max-time=5`. */
export function hasOption(words: readonly string[], long: readonly string[], short: string | null, withValue: boolean): boolean {
  return words.some((word) => {
    if (word.startsWith('--')) return long.some((name) => word === name || word.startsWith(`${name}=`));
    if (short === null || !/^-[A-Za-z]/.test(word)) return false;
    const letters = word.slice(1);
    return withValue ? letters[0] === short || letters.endsWith(short) : /^[A-Za-z]+$/.test(letters) && letters.includes(short);
  });
}
