import { Document, isMap, isSeq, parseDocument } from 'yaml';
import type { SourceLocation } from '../schema/index.ts';
import { readWritten } from './read-written.ts';

/** Where approvals are merged, so that Git's own review decides who may give them. */
export const APPROVALS_FILE = 'approvals.yaml';

/** One entry of `approvals.yaml`: somebody approves one step of one plan. For any other plan it is void. */
export interface WrittenApproval {
  /** Name of the release that the plan is of. */
  readonly release: string;
  /** The release's namespace. @default the plan's */
  readonly namespace?: string;
  /** Where the plan runs. @default the plan's */
  readonly target?: string;
  /** Hash of the plan, 8 hex digits; in the lock under `inFlight.hash`. */
  readonly plan: string;
  /** Name of the approval step. */
  readonly approval: string;
  /** Who approves, such as an e-mail address. Two entries of the same person count once. */
  readonly by: string;
  /** When, ISO 8601 with its zone; for readers, and where approvals are signed it says how long this one counts. */
  readonly at: string;
  /** @default empty */
  readonly reason?: string;
  /** What `tidegate approve --sign` made of it, where tidegate.yaml says who may sign. @default none */
  readonly signature?: string;
}

/** An entry and the line where it stands. */
export type PlacedApproval = WrittenApproval & { readonly place: SourceLocation };

const LONGEST_TEXT = 500;
const name = { type: 'string', minLength: 1, maxLength: 63 } as const;

/** JSON Schema of `approvals.yaml`: unknown keys are errors. */
export const APPROVALS_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    approvals: {
      type: ['array', 'null'],
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['release', 'plan', 'approval', 'by', 'at'],
        properties: {
          release: name,
          namespace: name,
          target: name,
          plan: { type: 'string', pattern: '^[0-9a-f]{8}$', title: 'the hash of a plan, 8 hex digits in quotes' },
          approval: name,
          by: { type: 'string', pattern: '\\S', maxLength: LONGEST_TEXT, title: 'who approves, such as an e-mail address' },
          at: {
            type: 'string',
            pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?(?:Z|[+-]\\d\\d:\\d\\d)$',
            title: "a time with its zone, such as '2026-01-05T09:00:00Z'",
          },
          reason: { type: 'string', maxLength: LONGEST_TEXT },
          signature: { type: 'string', pattern: '\\S', title: 'a signature as ssh-keygen writes it' },
        },
      },
    },
  },
} as const;

/**
 * Reads `approvals.yaml`; null or an empty file holds none.
 * @throws ProblemError with every problem and its line
 */
export function readApprovals(source: string | null): readonly PlacedApproval[] {
  if (source === null || source.trim() === '') return [];
  const { data, place } = readWritten(APPROVALS_FILE, source, APPROVALS_SCHEMA);
  const { approvals } = data as { readonly approvals?: readonly WrittenApproval[] | null };
  return (approvals ?? []).map((approval, index) => ({ ...approval, place: place(['approvals', String(index)]) }));
}

const HEADER = ` Approvals of releases, for one plan each. Written by \`tidegate approve --git\`; \`tidegate synth\` renders those of
 plans in flight. Entries of plans that are over may be deleted.`;

/** The file with one more entry at its end; comments and order stay. @param source that `readApprovals` accepts */
export function addApproval(source: string | null, approval: WrittenApproval): string {
  const document = source === null || source.trim() === '' ? new Document({ approvals: [] }) : parseDocument(source);
  if (source === null) document.commentBefore = HEADER;
  if (!isMap(document.contents)) document.contents = document.createNode({ approvals: [] });
  if (!isSeq(document.get('approvals'))) document.set('approvals', document.createNode([]));
  document.addIn(['approvals'], document.createNode(approval));
  const list = document.get('approvals');
  if (isSeq(list)) list.flow = false;
  return document.toString({ lineWidth: 0 });
}
