// Texts as YAML scalars that no reader, of YAML 1.1 or 1.2, takes for anything else.

/** Letters first, then nothing that could end a plain scalar: no `: `, no ` #`, no quotes, no flow indicators. */
const PLAIN = /^[A-Za-z_/](?:[\w./@%+=()*-]|[:,](?![ ]|$)| (?=[\w/(]))*$/;
/** What YAML 1.1 or 1.2 reads as a boolean or null, in any case. */
const RESERVED = /^(?:y|yes|n|no|on|off|true|false|null)$/i;
/** Numbers with a unit: `100m`, `128Mi`, `30s`, `25%`. Never all digits, never an exponent. */
const WITH_UNIT = /^[1-9]\d*(?:\.\d+)?(?:m|s|h|d|ms|k|M|G|Ki|Mi|Gi|Ti|%)$/;

/** What must not stand raw in a YAML file: control characters, other line breaks, byte order marks, lone surrogates. */
const UNSAFE = /(?![\n\t])[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u;
const UNSAFE_IN_QUOTES = /[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]/gu;

/** A text on one line: plain where that is beyond doubt, in single quotes where it is full of double ones, else in double quotes. */
export function scalar(text: string): string {
  if ((PLAIN.test(text) && !RESERVED.test(text)) || WITH_UNIT.test(text)) return text;
  if (/["\\]/.test(text) && !/['\n\t]/.test(text) && !UNSAFE.test(text)) return `'${text}'`;
  return JSON.stringify(text).replace(UNSAFE_IN_QUOTES, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** From this length on, a text is likely to come again: the program that each release carries. */
const LONG = 10_000;
let latest: { readonly text: string; readonly indent: string; readonly written: string | null } | null = null;

/** A text of several lines as a literal block indented by `indent`, or null where that could be read differently. */
export function blockScalar(text: string, indent: string): string | null {
  if (text.length < LONG) return literalBlock(text, indent);
  if (latest?.text !== text || latest.indent !== indent) latest = { text, indent, written: literalBlock(text, indent) };
  return latest.written;
}

function literalBlock(text: string, indent: string): string | null {
  const body = text.replace(/\n+$/, '');
  const trailing = text.length - body.length;
  // A first or last line of blanks only is taken for indentation by some readers.
  if (UNSAFE.test(text) || /^\n*[ \t]+(\n|$)/.test(body) || /(^|\n)[ \t]+$/.test(body) || body === '') return null;
  const chomping = trailing === 0 ? '-' : trailing === 1 ? '' : '+';
  // Readers guess the indentation from the first line; where that one is itself indented, they are told.
  const indentation = /^[ \t\n]/.test(body) ? '2' : '';
  const lines = body.replace(/^(?=[^\n])/gm, indent);
  return `|${indentation}${chomping}\n${lines}${'\n'.repeat(Math.max(0, trailing - 1))}`;
}
