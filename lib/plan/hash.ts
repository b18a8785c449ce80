import { createHash } from 'node:crypto';

/** JSON with sorted keys and without `undefined`: equal content is equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null))}]`;
  if (value !== null && typeof value === 'object') {
    const map = value as Readonly<Record<string, unknown>>;
    const keys = Object.keys(map).filter((key) => map[key] !== undefined);
    return `{${keys.sort().map((key) => `${JSON.stringify(key)}:${canonicalJson(map[key])}`)}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of the canonical JSON, as 64 hex digits. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** The 8 hex digits that stand in object names. */
export const shortHash = (value: unknown): string => contentHash(value).slice(0, 8);
