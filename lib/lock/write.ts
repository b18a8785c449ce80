import { toYaml } from '../output/yaml.ts';
import { contentHash } from '../plan/hash.ts';
import type { Lock } from './lock.ts';

const HEADER = `# What Git knows of this release, frozen. Written by \`tidegate synth\` and \`tidegate record\`; commit it with dist/, never edit it.
`;

/** The text of a lock file; the same lock is the same text. Its checksum tells an edit by hand. */
export const writeLock = (lock: Lock): string => HEADER + toYaml({ ...lock, checksum: contentHash(lock) });
