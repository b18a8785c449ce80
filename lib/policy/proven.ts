import type { SourceLocation } from '../schema/index.ts';
import { type Finding, fileFinding } from './finding.ts';

/** An image that a target may not start yet. */
export interface UnprovenImage {
  /** Path of the lock that would have it. */
  readonly file: string;
  readonly release: string;
  readonly image: string;
  readonly message: string;
  readonly help: string;
  /** The release in its chart; null where that is not known. */
  readonly source: SourceLocation | null;
}

/** Findings of the rule `proven-on`. */
export const unprovenFindings = (unproven: readonly UnprovenImage[]): readonly Finding[] =>
  unproven.map(({ file, release, image, message, help, source }) => ({
    ...fileFinding({ rule: 'proven-on', file, subject: file, value: image, message: `${release}: ${message}`, help }),
    release,
    source,
  }));
