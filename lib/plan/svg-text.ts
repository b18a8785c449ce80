import { oneLine } from './words.ts';

/** User text for XML, in content and in attributes. */
export function escapeXml(text: string): string {
  return oneLine(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

const WIDE = /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u;

/** Estimated width, on the wide side, since the reader's font is not known. */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of text)
    ems += WIDE.test(character) ? 1.25 : /[A-ZWMm@%]/.test(character) ? 0.72 : /[il.,:|' ]/.test(character) ? 0.34 : 0.6;
  return ems * size;
}

/** Bold text takes a little more. */
export const boldWidth: typeof textWidth = (text, size) => textWidth(text, size) * 1.15;

/** The text, or as much of it as fits and an ellipsis. */
export function fitText(text: string, size: number, room: number, width: typeof textWidth): string {
  if (width(text, size) <= room) return text;
  let kept = '';
  for (const character of text) {
    if (width(`${kept}${character}…`, size) > room) break;
    kept += character;
  }
  return `${kept.replace(/[\s\u200d]+$/u, '')}…`;
}

/** A coordinate: at most two digits, so that rounding errors of machines never show. */
export const px = (value: number): string => String(Math.round(value * 100) / 100);
