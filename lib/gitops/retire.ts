import { DEFAULT_HISTORY } from '../intent/resolve.ts';
import type { Lock } from '../lock/lock.ts';
import { at } from '../lock/revision.ts';
import { retired } from '../lock/settle.ts';
import { type Problem, ProblemError } from '../schema/index.ts';
import { readRecord, recordPath } from './release-record.ts';

export interface Retirement {
  /** Names of those whose time has come. */
  readonly due: readonly string[];
  /** Those that keep their pods for now, and until when, in milliseconds since 1970. */
  readonly warm: readonly { readonly revision: string; readonly until: number }[];
  /** Those whose time has come, and of whom no release record shows that the cluster has left them. */
  readonly unrecorded: readonly string[];
}

/**
 * Whose time has come: what was replaced keeps its pods for `keepWarm` after the last promotion; what was given up is not
 * waited for. But before a release has been recorded since, the commit that took a revision out of service may not be
 * applied: both in one sync would prune pods while the route, or the runner of the plan before, still leads there.
 * @param promotedAt end of the release that made stable what it is; null where none did
 */
export function retirement({ retiring, resolved }: Lock, promotedAt: number | null, now: number): Retirement {
  const { keepWarmSeconds } = resolved.history ?? DEFAULT_HISTORY;
  const until = promotedAt === null ? null : promotedAt + keepWarmSeconds * 1_000;
  const isWarm = (reason: string) => reason === 'replaced' && until !== null && !(now >= until);
  const past = retiring.filter(({ reason }) => !isWarm(reason));
  return {
    due: past.filter(({ record }) => record !== undefined).map(({ revision }) => revision.name),
    unrecorded: past.filter(({ record }) => record === undefined).map(({ revision }) => revision.name),
    warm: retiring.filter(({ reason }) => isWarm(reason)).map(({ revision }) => ({ revision: revision.name, until: until ?? 0 })),
  };
}

/**
 * End of the release that made stable what it is, in milliseconds since 1970; null where none did, or nothing waits for it.
 * @throws ProblemError where its record is not there
 */
export function promotedAt(lock: Lock, textOf: (path: string) => string | null): number | null {
  const plan = lock.history[0]?.plan ?? null;
  if (plan === null || !lock.retiring.some(({ reason }) => reason === 'replaced')) return null;
  const path = recordPath(lock, plan);
  const text = textOf(path);
  if (text === null)
    throw new ProblemError([
      {
        message: `${path} is missing, so nobody knows since when its predecessor retires.`,
        help: `Restore it from Git: git checkout HEAD -- ${path}`,
      },
    ]);
  return Date.parse(readRecord(text, path, { ...lock, plan }).endedAt);
}

export const retire = (lock: Lock, due: readonly string[]): Lock =>
  retired(lock, new Set(due), (lock.resolved.history ?? DEFAULT_HISTORY).keep);

/** Which of the revisions the live route still gives requests, or may. */
export function servedProblems(route: unknown, name: string, due: readonly string[]): readonly Problem[] {
  return due.flatMap((revision) => {
    const place = servingPlace(at(route, 'spec'), revision, '/spec');
    return place === null
      ? []
      : [
          {
            message: `${name} still gives ${revision} requests, at ${place}: without pods they would fail.`,
            help: 'Let the GitOps tool apply what is committed, and run again.',
          },
        ];
  });
}

/**
 * Why the cluster may still lead requests to revisions that no release record tells of: it has not applied what took them out
 * of service. A route that has names them no more, not even with nothing, and no other runner is left that might.
 * @param runner Deployment of the runner; null: there is none
 */
export function appliedProblems(
  { release, inFlight }: Lock,
  revisions: readonly string[],
  { route, name, runner }: { readonly route: unknown; readonly name: string; readonly runner: unknown },
): readonly Problem[] {
  const help = 'Let the GitOps tool apply what is committed, and run again.';
  const plan = runner === null ? null : String(at(runner, 'spec', 'template', 'metadata', 'annotations', 'tidegate.dev/plan'));
  const named = revisions.filter((revision) => namingPlace(at(route, 'spec'), revision, '/spec') !== null);
  return [
    ...named.map((revision) => ({ message: `${name} still names ${revision}, which its runner may give requests.`, help })),
    ...(plan === (inFlight?.hash ?? null)
      ? []
      : [
          {
            message: `the runner of ${release} in the cluster is ${plan === null ? 'not there' : `that of plan ${plan}`}, and Git has ${inFlight ? `that of plan ${inFlight.hash}` : 'none'}.`,
            help,
          },
        ]),
  ];
}

function namingPlace(value: unknown, revision: string, path: string): string | null {
  if (typeof value === 'string') return value === revision || value.startsWith(`${revision}.`) ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value).reduce<string | null>(
    (found, [key, inner]) => found ?? namingPlace(inner, revision, `${path}/${key}`),
    null,
  );
}

/**
 * Where an object names a revision's Service, or selects its pods, without saying beside it that it gets nothing. Whoever
 * wrote the route and for whichever router: what is not known to be nothing counts.
 */
function servingPlace(value: unknown, revision: string, path: string): string | null {
  if (typeof value === 'string') return value === revision || value.startsWith(`${revision}.`) ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  const { weight, mirrorPercentage, requestMirror } = value as Readonly<Record<string, unknown>>;
  if (weight === 0) return null;
  return Object.entries(value).reduce<string | null>((found, [key, inner]) => {
    if (found !== null || (key === 'mirror' && Object(mirrorPercentage).value === 0)) return found;
    if (key === 'requestMirror' && Object(requestMirror).percent === 0) return null;
    return servingPlace(inner, revision, `${path}/${key}`);
  }, null);
}
