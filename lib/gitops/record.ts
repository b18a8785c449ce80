import { names } from '../engines/native/names.ts';
import { APPROVALS_FILE, type WrittenApproval } from '../intent/approvals.ts';
import type { InFlight, Lock } from '../lock/lock.ts';
import { aborted, promoted } from '../lock/settle.ts';
import { canonicalJson } from '../plan/hash.ts';
import type { Plan, RouteInstructions } from '../plan/plan.ts';
import { viewRoute } from '../runner/route.ts';
import type { Problem } from '../schema/index.ts';
import { unapproved } from './approved.ts';
import { unearned } from './earned.ts';
import type { Landing } from './landing.ts';
import { type CommittedRecord, formatRecord, recordPath } from './release-record.ts';

/** What a record leads to, or why it leads to nothing. */
export type Recording =
  | { readonly kind: 'settled'; readonly lock: Lock; readonly file: { readonly path: string; readonly text: string } }
  /** It is in the lock already: nothing is left to do. */
  | { readonly kind: 'recorded' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

export interface Circumstances {
  /** Text of this plan's record in the repository; null where there is none. */
  readonly committed: string | null;
  /** What `approvals.yaml` says, of whatever plan. */
  readonly approvals: readonly WrittenApproval[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How the release in flight came into Git; null: nobody knows, such as where there is no git. @default null */
  readonly landing?: Landing | null;
}

/**
 * (lock, record) -> lock: promoted, or given up. Pure, so that whoever reviews the change can do it again.
 */
export function recorded(lock: Lock, record: CommittedRecord, { committed, approvals, now, landing = null }: Circumstances): Recording {
  const problems = [...identityProblems(lock, record), ...futureProblems(record, now)];
  if (problems.length > 0) return { kind: 'refused', problems };
  const { inFlight } = lock;
  const path = recordPath(lock, record.plan);
  if (committed !== null && !isSame(committed, record))
    return refused(
      `${path} is the record of plan ${record.plan}, and says otherwise.`,
      'A record is written once: restore it from Git. Where `git status` shows it as new, a run that was ended has left it: delete it, and run again.',
    );
  if (inFlight?.hash !== record.plan && committed !== null) return { kind: 'recorded' };
  if (inFlight === null)
    return refused(
      `nothing of release ${lock.release} is in flight on target ${lock.target}, so there is no outcome of plan ${record.plan} to record.`,
      'Is this the commit that the cluster runs? `git pull`, and run again.',
    );
  const contradictions = [...planProblems(lock, inFlight, record, approvals), ...formerRunProblems(record, landing)];
  if (contradictions.length > 0) return { kind: 'refused', problems: contradictions };
  const text = formatRecord({ ...record, intent: lock.intent });
  return { kind: 'settled', lock: record.outcome === 'promoted' ? promoted(lock) : aborted(lock), file: { path, text } };
}

function identityProblems(lock: Lock, record: CommittedRecord): readonly Problem[] {
  return (['release', 'namespace', 'target'] as const)
    .filter((part) => record[part] !== lock[part])
    .map((part) => ({ message: `the record is of ${part} '${record[part]}', the lock of '${lock[part]}'.`, help: OTHER_CLUSTER }));
}

/** By so much two clocks of well-kept machines may differ, and more. */
const CLOCK_MILLISECONDS = 300_000;

/** What ends in the future would keep the pods of what it replaced for longer, and puts figures of time wrong. */
function futureProblems({ endedAt }: CommittedRecord, now: number): readonly Problem[] {
  if (!(Date.parse(endedAt) > now + CLOCK_MILLISECONDS)) return [];
  return [
    {
      message: `the record ends at ${endedAt}, and here it is ${new Date(now).toISOString()}.`,
      help: 'One of two clocks is wrong, that of the node on which the runner ran or the one here: set it right. A record that is right counts from its end on.',
    },
  ];
}

/**
 * A release that was taken back and lands again is the same plan: what became of it then says nothing of now. Nor did a release
 * end before Git had it, which would take what it replaced out of service at once.
 */
function formerRunProblems({ startedAt, plan }: CommittedRecord, landing: Landing | null): readonly Problem[] {
  if (landing === null || !(Date.parse(startedAt) < landing.at - CLOCK_MILLISECONDS)) return [];
  const [commit, at] = [landing.commit.slice(0, 12), new Date(landing.at).toISOString()];
  if (landing.isEdge)
    return [
      {
        message: `the record begins at ${startedAt}, and the history of this clone only with commit ${commit} of ${at}: whether plan ${plan} landed again since is not known.`,
        help: 'Fetch the rest with `git fetch --unshallow`, or in CI with `fetch-depth: 0`, and run again.',
      },
    ];
  return [
    {
      message: `the record begins at ${startedAt}, before commit ${commit} of ${at} brought plan ${plan} into Git: it is of an earlier run.`,
      help: 'Wait until the run that this commit began has ended. Where the commit is younger than that, because history was rewritten or it was applied before it was committed, `git revert` it and release again.',
    },
  ];
}

const OTHER_CLUSTER = 'Choose the cluster with --context, or the release with --target and --namespace.';

function planProblems(
  lock: Lock,
  { plan, hash }: InFlight,
  record: CommittedRecord,
  approvals: readonly WrittenApproval[],
): readonly Problem[] {
  if (record.plan !== hash)
    return [
      {
        message: `the record is of plan ${record.plan}, and plan ${hash} of ${lock.release} is in flight.`,
        help: `What is in flight was merged later: it is recorded once it has ended. \`tidegate status ${lock.release}\` tells how far it is.`,
      },
    ];
  const edited = (['attempt', 'stable', 'candidate'] as const)
    .filter((part) => canonicalJson(record[part]) !== canonicalJson(plan[part]))
    .map((part) => `the record's ${part} is not that of plan ${hash}: it was edited.`);
  return [
    ...[...edited, ...unearned(plan, record)].map((message) => ({ message, help: 'Take it again from the cluster.' })),
    ...(record.outcome === 'promoted' ? unapproved({ plan, hash }, record, approvals) : []).map((message) => ({
      message,
      help: `Take it again from the cluster; where ${APPROVALS_FILE} has lost an entry, restore it from Git.`,
    })),
    ...flagProblems(lock, plan, record),
  ];
}

/** What the runner has switched off goes on again with the plan: the release was judged without it. */
function flagProblems(
  { release, resolved }: Lock,
  { remedies }: Plan,
  { outcome, remedies: tried = [] }: CommittedRecord,
): readonly Problem[] {
  const flag = remedies?.flagOff?.flag;
  const share = resolved.flags?.find(({ name }) => name === flag)?.percent ?? 0;
  if (outcome !== 'promoted' || share === 0 || !tried.some(({ remedy }) => remedy === 'flagOff')) return [];
  return [
    {
      message: `flag '${flag}' was switched off because a gate failed, and this record would switch it on again for ${share} % of users: ConfigMap ${names.flagsOff(release)} goes with the plan.`,
      help: 'Set its `percent` to 0, `tidegate synth`, merge, and record then; raise it again as you would a new one.',
    },
  ];
}

/** What is left as the release made it, and only people know whether it shall stay so; '': nothing. */
export function reminder({ remedies }: Plan, { remedies: tried = [] }: CommittedRecord): string {
  const webhook = remedies?.webhook;
  if (!webhook || !tried.some(({ remedy }) => remedy === 'webhook')) return '';
  return `${webhook.web.url} was asked to switch flag '${webhook.flag}' off because a gate failed, and nobody asks it to switch it on again.`;
}

const refused = (message: string, help: string): Recording => ({ kind: 'refused', problems: [{ message, help }] });

function isSame(committed: string, { intent: _, ...record }: CommittedRecord): boolean {
  try {
    const { intent: __, ...other } = JSON.parse(committed) as CommittedRecord;
    return canonicalJson(other) === canonicalJson(record);
  } catch {
    return false;
  }
}

/** Why the live route does not agree with an outcome: Git would say what the cluster does not do. */
export function routeProblems(outcome: CommittedRecord['outcome'], instructions: RouteInstructions, route: unknown): readonly Problem[] {
  const name = `${instructions.kind} ${instructions.name}`;
  if (route === null) return [{ message: `${name} is not in the cluster.`, help: 'Is this the right --context?' }];
  const { level, foreign, extra } = viewRoute(route, instructions);
  const again = 'Wait for the runner to set it, and run again; `tidegate status` shows what it does.';
  if (foreign !== null) return [{ message: `${name} is not the route of this plan: ${foreign}.`, help: again }];
  if (outcome === 'promoted')
    return level.weight === 100
      ? []
      : [{ message: `the release was promoted, and ${name} gives the candidate ${level.weight} %.`, help: again }];
  const beside = Object.entries(level.routes).flatMap(([rule, share]) => (share > 0 ? [rule] : []));
  if (level.weight > 0) return [{ message: `the release was aborted, and ${name} gives the candidate ${level.weight} %.`, help: again }];
  if (beside.length > 0 || extra !== null)
    return [{ message: `the release was aborted, and ${name} still leads to the candidate: ${beside.join(', ') || extra}.`, help: again }];
  return [];
}
