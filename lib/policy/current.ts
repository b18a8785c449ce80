import type { SourceLocation } from '../schema/index.ts';
import type { Finding } from './finding.ts';
import { fileFinding } from './finding.ts';

/** A committed file that differs from what synth gives now. */
export interface StaleFile {
  readonly file: string;
  readonly how: 'missing' | 'different' | 'unwanted';
  /** What made the object; null for what nothing makes any more, and for locks. */
  readonly source: SourceLocation | null;
}

const MESSAGES: Readonly<Record<StaleFile['how'], string>> = {
  missing: 'is not there, although the charts give it.',
  different: 'differs from what the charts give.',
  unwanted: 'is given by no chart any more.',
};

/** Findings of the rule `manifests-current`. */
export const staleFindings = (stale: readonly StaleFile[]): readonly Finding[] =>
  stale.map(({ file, how, source }) => ({
    ...fileFinding({
      rule: 'manifests-current',
      file,
      subject: file,
      value: how,
      message: `${file} ${MESSAGES[how]}`,
      help: 'Run `tidegate synth` and commit dist/ and lock/ with the change that caused it.',
    }),
    source,
  }));
