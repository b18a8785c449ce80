const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SPECIAL = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Characters that a number can begin with. */
export const NUMERIC = [...'+-.0123456789'];

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...spelled(true, ['true', 'yes', 'on', 'y']),
  ...spelled(false, ['false', 'no', 'off', 'n']),
  ...spelled(null, ['null', '~']),
]);
const LONGEST_WORD = 5;

/**
 * What a plain scalar on one line means to kubectl, kustomize, Helm, Argo CD and Flux, which all read YAML 1.1 with the same
 * library: `yes` and `on` are booleans, `0644` is octal, dates and `12:30` are texts.
 * @see https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go
 */
export function meaningOf(plain: string): string | number | boolean | null {
  const first = plain.charCodeAt(0);
  // Digits, or what stands before them: `+`, `-` and `.` are next to each other but for `,`, which begins no scalar.
  if (first >= 43 && first <= 57) return numberOf(plain) ?? plain;
  const word = plain.length <= LONGEST_WORD ? WORDS.get(plain) : undefined;
  return word === undefined ? plain : word;
}

/** Null where the text is no number. */
export function numberOf(source: string): number | null {
  const plain = source.includes('_') ? source.replaceAll('_', '') : source;
  if (INTEGER.test(plain)) return integer(plain);
  if (FLOAT.test(plain)) return Number(plain);
  if (!SPECIAL.test(source)) return null;
  if (source.endsWith('n') || source.endsWith('N')) return Number.NaN;
  return source.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** `0644` is octal, as in `defaultMode: 0644`. */
function integer(plain: string): number {
  const digits = plain.replace(/^[-+]/, '');
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits.toLowerCase());
  return plain.startsWith('-') ? -value : value;
}

function spelled<T>(meaning: T, words: readonly string[]): readonly (readonly [string, T])[] {
  return words.flatMap((word) =>
    [word, `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`, word.toUpperCase()].map((one) => [one, meaning] as const),
  );
}
