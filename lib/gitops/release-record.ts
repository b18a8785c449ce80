// Release records as they are read: what is missing or contradicts itself is an error, never a gap in the figures.
import { names } from '../engines/native/names.ts';
import type { ArgoMemory } from '../gates/verdict.ts';
import type { ReleaseRecord } from '../runner/report.ts';
import { checkData } from '../schema/check.ts';
import { dottedPath, type Problem, ProblemError } from '../schema/index.ts';

/** What `releases/<target>/<release>/<plan>.json` holds: what the runner wrote, and the intent that it was about. */
export interface CommittedRecord extends Omit<ReleaseRecord, 'gates' | 'approvals'> {
  /** Hash of the intent as the lock had it. */
  readonly intent?: string;
  readonly gates: readonly RecordedGate[];
  readonly approvals: readonly RecordedApproval[];
}

export interface RecordedGate {
  readonly step: number;
  readonly gate: string;
  /** Share of requests in percent that the candidate had. */
  readonly weight: number;
  readonly from: string;
  readonly to: string;
  readonly verdict: string;
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  readonly noData: number;
  readonly error: number;
  /** Where it is judged as Argo Rollouts does. */
  readonly argo?: ArgoMemory;
  readonly samples: readonly { readonly at: string; readonly outcome: string; readonly value: string; readonly weight: number }[];
}

export interface RecordedApproval {
  readonly approval: string;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
  readonly source: string;
  readonly takenAt: string;
  /** Where the plan says who may sign. */
  readonly signature?: string;
}

/** Which record a file must be, by its path. */
export interface RecordKey {
  readonly target: string;
  readonly release: string;
  readonly plan: string;
}

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const share = { type: 'number', minimum: 0, maximum: 100 } as const;
const time = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z$',
  title: 'a time such as 2026-01-05T09:00:00Z',
} as const;
const textOrNull = { type: ['string', 'null'] } as const;
const fields = <P extends Readonly<Record<string, object>>>(properties: P) =>
  ({ type: 'object', required: Object.keys(properties), properties }) as const;
const list = <I extends object>(items: I) => ({ type: 'array', items }) as const;
const revision = fields({ revision: text, deployment: text, service: text, image: text });

const REQUIRED = fields({
  version: { enum: [1] },
  release: text,
  namespace: text,
  target: text,
  plan: text,
  attempt: count,
  run: count,
  outcome: { enum: ['promoted', 'aborted'] },
  by: { enum: ['person', 'gate', null] },
  reason: text,
  startedAt: time,
  endedAt: time,
  stable: revision,
  candidate: revision,
  steps: list(fields({ index: count, kind: text, startedAt: time, endedAt: time, weight: share, note: text })),
  gates: list(
    fields({
      step: count,
      gate: text,
      weight: share,
      from: time,
      to: time,
      verdict: text,
      pass: count,
      fail: count,
      inconclusive: count,
      noData: count,
      error: count,
      samples: list(fields({ at: time, outcome: text, value: text, weight: share })),
    }),
  ),
  approvals: list(fields({ approval: text, by: text, at: text, reason: text, source: text, takenAt: time })),
  waived: textOrNull,
});
/** What is read of it; a later Tidegate may say more. */
const SCHEMA = {
  ...REQUIRED,
  properties: {
    ...REQUIRED.properties,
    remedies: list(fields({ remedy: text, at: time, inEffectSince: { ...time, type: ['string', 'null'] } })),
  },
} as const;

/**
 * Reads a release record, as the runner or `tidegate record` wrote it.
 * @param place where it is from, for the error: its path in the repository where it is committed
 * @param key what a committed one must be of; of one that is not committed yet, only the release that was asked for
 * @throws ProblemError with everything that is wrong with it, and how to get it back
 */
export function readRecord(source: string, place: string, key: RecordKey | Pick<RecordKey, 'release'>): CommittedRecord {
  const at = { file: place, line: 1, column: 1 };
  const help =
    'plan' in key
      ? `A record is written once. Restore it from Git: git log --oneline -- ${place} names its commits.`
      : `Take it again from the cluster: key record.json of ConfigMap ${names.status(key.release)}.`;
  const refuse = (problems: readonly Omit<Problem, 'at' | 'help'>[]): never => {
    // One remedy for all of them, after the last one.
    throw new ProblemError(problems.map((problem, index) => ({ ...problem, at, ...(index === problems.length - 1 ? { help } : {}) })));
  };
  const data = parse(source) ?? refuse([{ message: describeBroken(source) }]);
  const wrong = checkData(SCHEMA, data, { path: dottedPath });
  if (wrong.length > 0) refuse(wrong.map(({ message, path }) => ({ message, ...(path === undefined ? {} : { path }) })));
  const record = data as CommittedRecord;
  const contradictions = contradictionsOf(record, 'plan' in key ? key : null);
  if (contradictions.length > 0) refuse(contradictions.map(([path, message]) => ({ path, message })));
  return record;
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return null;
  }
}

function describeBroken(source: string): string {
  if (/^(<{7}|={7}|>{7})/m.test(source)) return 'the record holds a merge conflict.';
  return source.trim().endsWith('}') ? 'the record is no JSON.' : 'the record ends before it is complete.';
}

/** What no runner writes. */
function contradictionsOf(record: CommittedRecord, key: RecordKey | null): readonly [path: string, message: string][] {
  const found: [string, string][] = [];
  for (const part of ['target', 'release', 'plan'] as const)
    if (key !== null && record[part] !== key[part])
      found.push([part, `the record is of ${part} '${record[part]}', but its path says '${key[part]}'.`]);
  for (const part of ['startedAt', 'endedAt'] as const)
    if (Number.isNaN(Date.parse(record[part]))) found.push([part, `${record[part]} is no time.`]);
  if (isBefore(record.endedAt, record.startedAt))
    found.push(['endedAt', `it ends at ${record.endedAt}, before it starts at ${record.startedAt}.`]);
  for (const [index, { startedAt, endedAt }] of record.steps.entries())
    if (isBefore(endedAt, startedAt))
      found.push([`steps[${index}].endedAt`, `the step ends at ${endedAt}, before it starts at ${startedAt}.`]);
  if (record.outcome === 'promoted' && !record.steps.some(({ weight }) => weight === 100))
    found.push(['outcome', 'it says promoted, and none of its steps gave the candidate all requests.']);
  if (record.outcome === 'promoted' && record.by !== null) found.push(['by', `it says promoted, and that a ${record.by} aborted it.`]);
  return found;
}

const isBefore = (time: string, other: string): boolean => Date.parse(time) < Date.parse(other);

/** The text of a record as it is committed: the same record is the same text. */
export const formatRecord = (record: CommittedRecord): string => `${JSON.stringify(record, null, 2)}\n`;

export const recordPath = ({ target, release }: { readonly target: string; readonly release: string }, plan: string): string =>
  `releases/${target}/${release}/${plan}.json`;
