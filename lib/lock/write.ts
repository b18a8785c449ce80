import { toYaml } from '../output/yaml.ts';
import { contentHash } from '../plan/hash.ts';
import type { Lock } from './lock.ts';

const HEADER = `# What Git knows of this release, frozen. Written by \`tidegate synth\` and \`tidegate record\`; commit it with dist/, never edit it.
`;

/** Locks that were read from the very text that would be written. */
const WRITTEN = new WeakMap<Lock, string>();

/** The text of a lock file; the same lock is the same text. Its checksum tells an edit by hand. */
export const writeLock = (lock: Lock): string => WRITTEN.get(lock) ?? HEADER + toYaml({ ...lock, checksum: contentHash(lock) });

/** Remembers a lock's text, if it is the one that `writeLock` gives: below the header it was read as our own. */
export function rememberText(lock: Lock, text: string): void {
  if (text.startsWith(HEADER) && !text.startsWith('#', HEADER.length)) WRITTEN.set(lock, text);
}
