import type { ReleaseRecord } from '../runner/report.ts';
import { checkData } from '../schema/check.ts';
import { ProblemError } from '../schema/index.ts';

/** What `releases/<target>/<release>/<plan>.json` holds: what the runner wrote, and the intent that it was about. */
export interface CommittedRecord extends ReleaseRecord {
  /** Hash of the intent as the lock had it. */
  readonly intent?: string;
}

const text = { type: 'string' } as const;
const revision = {
  type: 'object',
  properties: { revision: text, deployment: text, service: text, image: text },
  required: ['revision', 'deployment', 'service', 'image'],
} as const;
const objects = { type: 'array', items: { type: 'object' } } as const;

/** What a record must say; a later runner may say more. */
const SCHEMA = {
  type: 'object',
  properties: {
    version: { enum: [1] },
    release: text,
    namespace: text,
    target: text,
    plan: text,
    attempt: { type: 'integer' },
    run: { type: 'integer' },
    outcome: { enum: ['promoted', 'aborted'] },
    reason: text,
    startedAt: text,
    endedAt: text,
    stable: revision,
    candidate: revision,
    steps: objects,
    gates: objects,
    approvals: objects,
  },
  required: ['version', 'release', 'namespace', 'target', 'plan', 'attempt', 'outcome', 'startedAt', 'endedAt', 'stable', 'candidate'],
} as const;

/**
 * Reads a release record, as the runner or `tidegate record` wrote it.
 * @param place where it is from, for the error
 * @throws ProblemError with everything that makes it no record
 */
export function readRecord(source: string, place: string): CommittedRecord {
  const help = 'Take it again from the cluster: key record.json of ConfigMap RELEASE-status; or restore it from Git.';
  let data: unknown;
  try {
    data = JSON.parse(source);
  } catch (error) {
    const conflict = /^(<{7}|={7}|>{7})/m.test(source) ? ': it holds a merge conflict' : `: ${(error as Error).message}`;
    throw new ProblemError([{ message: `${place} is no JSON${conflict}.`, help }]);
  }
  const problems = checkData(SCHEMA, data);
  if (problems.length > 0)
    throw new ProblemError(
      problems.map(({ message, path }) => ({ message: `${place} is no release record: ${path ?? ''} ${message}`, help })),
    );
  const record = data as CommittedRecord;
  const [started, ended] = [Date.parse(record.startedAt), Date.parse(record.endedAt)];
  if (Number.isNaN(started) || Number.isNaN(ended) || ended < started)
    throw new ProblemError([
      { message: `${place} is no release record: it lasts from '${record.startedAt}' to '${record.endedAt}'.`, help },
    ]);
  return record;
}

/** The text of a record as it is committed: the same record is the same text. */
export const formatRecord = (record: CommittedRecord): string => `${JSON.stringify(record, null, 2)}\n`;

export const recordPath = ({ target, release }: { readonly target: string; readonly release: string }, plan: string): string =>
  `releases/${target}/${release}/${plan}.json`;
