// Values of an intent as a reader of a change wants to see them, each on one line.
import { formatSeconds } from '../plan/duration.ts';
import { oneLine } from '../plan/words.ts';

const LONGEST = 200;

/** @param path whose names say the unit */
export function describeValue(value: unknown, path: string): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number') return /seconds\b/i.test(path) ? formatSeconds(value) : String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value === '' ? 'empty' : shortened(describeText(value));
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null))
    return value.length === 0 ? 'none' : shortened(value.map((item) => oneLine(String(item))).join(', '));
  return shortened(oneLine(JSON.stringify(value)));
}

/** Twelve digits of a digest tell it from any other. */
const describeText = (text: string): string => oneLine(text).replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');

const shortened = (text: string): string => {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
};
