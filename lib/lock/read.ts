import { parseDocument } from 'yaml';
import { readOwnYaml } from '../output/read-yaml.ts';
import { planHash } from '../plan/compile.ts';
import { contentHash } from '../plan/hash.ts';
import { type Problem, ProblemError, type SourceLocation } from '../schema/index.ts';
import { foreignPlaces } from './identity.ts';
import { isExternal, type Lock, type Revision } from './lock.ts';
import { revisionHash } from './revision.ts';
import { checkLockShape } from './shape.ts';
import { rememberText } from './write.ts';

/** Far more than a release with many retiring revisions of a megabyte of configuration each. */
const LARGEST = 64 * 1024 * 1024;

/** Which lock a file must be, by its path. */
export interface LockKey {
  readonly target: string;
  readonly namespace: string;
  readonly release: string;
}

/** `lock/<target>/<namespace>/<release>.yaml`. */
export const lockPath = ({ target, namespace, release }: LockKey): string => `lock/${target}/${namespace}/${release}.yaml`;

/**
 * Reads a lock and proves that what it froze is what it says.
 * @throws ProblemError with every problem, each naming file, line and remedy
 */
export function readLock(text: string, key: LockKey): Lock {
  const file = lockPath(key);
  const help = `Restore it from Git: git checkout HEAD -- ${file}`;
  const problem = (message: string, path?: string, at: SourceLocation = { file, line: 1, column: 1 }): Problem => ({
    message,
    at,
    ...(path === undefined ? {} : { path }),
    help,
  });
  const own = text.length > LARGEST ? null : readOwnYaml(text);
  if (!own) refuseConflict(text, key);
  const data = own ? own.value : parse(text, problem, file);
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined;
  if (version !== 1)
    throw new ProblemError([
      problem(`the lock is of version ${JSON.stringify(version) ?? 'none'}; this Tidegate reads version 1.`, 'version'),
    ]);
  const { checksum, ...content } = data as { checksum?: unknown };
  const shape = checkLockShape(content);
  if (!shape.ok) throw new ProblemError(shape.problems.map(({ message, path }) => problem(message, path)));
  const contradictions = checkContent(shape.lock, key);
  if (contradictions.length > 0) throw new ProblemError(contradictions.map(([path, message]) => problem(message, path)));
  if (checksum !== contentHash(shape.lock))
    throw new ProblemError([problem('the lock does not have the content that its checksum says: it was edited by hand.', 'checksum')]);
  if (own) rememberText(shape.lock, text);
  return shape.lock;
}

/** Git stops at two changes of one release; which of them is in flight only the branch that is applied can say. */
function refuseConflict(text: string, key: LockKey): void {
  const found = /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/m.exec(text);
  if (!found) return;
  const file = lockPath(key);
  throw new ProblemError([
    {
      message: `the lock holds a merge conflict: two changes of release '${key.release}' meet, and a lock is never merged by hand.`,
      at: { file, line: text.slice(0, found.index).split('\n').length, column: 1 },
      help: `Keep the charts as they shall be. Take the lock of the branch that is applied, such as with \`git checkout origin/main -- ${file}\`, and run \`tidegate synth\`: what the charts change becomes an attempt on top of it.`,
    },
  ]);
}

function parse(text: string, problem: (message: string, path?: string, at?: SourceLocation) => Problem, file: string): unknown {
  if (text.length > LARGEST) throw new ProblemError([problem(`the lock has ${text.length} characters; at most ${LARGEST} are read.`)]);
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  if (document.errors.length > 0)
    throw new ProblemError(
      document.errors.map(({ message, linePos }) => {
        const { line, col } = linePos?.[0] ?? { line: 1, col: 1 };
        return problem(`the lock is no YAML: ${message.split('\n')[0]?.replace(/ at line .*$/, '')}.`, undefined, {
          file,
          line,
          column: col,
        });
      }),
    );
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new ProblemError([problem('the lock holds a YAML alias; Tidegate writes none.')]);
  }
}

/** What a file of the right shape can still get wrong. */
function checkContent(lock: Lock, key: LockKey): [path: string, message: string][] {
  const found: [string, string][] = [];
  for (const part of ['target', 'namespace', 'release'] as const)
    if (lock[part] !== key[part]) found.push([part, `the lock is of ${part} '${lock[part]}', but its path says '${key[part]}'.`]);
  const revisions: [string, Revision][] = [
    ...(isExternal(lock.stable) ? [] : [['stable', lock.stable] as [string, Revision]]),
    ...(lock.inFlight ? [['inFlight.candidate', lock.inFlight.candidate] as [string, Revision]] : []),
    ...lock.retiring.map(({ revision }, index): [string, Revision] => [`retiring[${index}].revision`, revision]),
    ...(lock.cold ?? []).map((revision, index): [string, Revision] => [`cold[${index}]`, revision]),
  ];
  for (const [path, revision] of revisions) {
    const actual = revisionHash(revision);
    if (actual !== revision.rev || revision.name !== `${lock.release}-${revision.rev}`)
      found.push([path, `the frozen content of '${revision.name}' hashes to ${actual}: it was edited, and a revision never changes.`]);
    for (const place of foreignPlaces(revision, lock))
      found.push([`${path}.${place}`, `this is not what belongs to '${revision.name}': it was edited, and a revision never changes.`]);
  }
  if (lock.leaving && Number.isNaN(Date.parse(lock.leaving.since))) found.push(['leaving.since', `'${lock.leaving.since}' is no time.`]);
  if (lock.leaving && lock.inFlight) found.push(['leaving', 'it leaves, and a release of it is in flight.']);
  if (lock.formerTraffic?.router === lock.resolved.traffic.router)
    found.push(['formerTraffic.router', `'${lock.formerTraffic.router}' is the router of the present route.`]);
  if (lock.inFlight) {
    const { plan, hash, candidate } = lock.inFlight;
    const actual = planHash(plan);
    if (actual !== hash) found.push(['inFlight.plan', `the plan hashes to ${actual}, not to ${hash}: it was edited after it was locked.`]);
    if (plan.attempt !== lock.attempts)
      found.push(['attempts', `the plan in flight is attempt ${plan.attempt}, but ${lock.attempts} were counted.`]);
    if (plan.candidate.revision !== candidate.name)
      found.push(['inFlight.plan.candidate', `the plan releases '${plan.candidate.revision}', the candidate is '${candidate.name}'.`]);
  }
  return found;
}
