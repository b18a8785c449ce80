import { readFileSync } from 'node:fs';
import { Project } from '../../constructs/project.ts';
import { names } from '../../engines/native/names.ts';
import { Git } from '../../gitops/git.ts';
import { landingOf } from '../../gitops/landing.ts';
import { recorded, reminder, routeProblems } from '../../gitops/record.ts';
import { type CommittedRecord, readRecord } from '../../gitops/release-record.ts';
import { isExternal, type Lock } from '../../lock/lock.ts';
import { lockPath } from '../../lock/read.ts';
import { at } from '../../lock/revision.ts';
import { writeLock } from '../../lock/write.ts';
import type { Problem } from '../../schema/index.ts';
import { formatOption, type Invocation, textOption, UsageError } from '../command.ts';
import { openCluster } from '../operator/cluster.ts';
import { CONFIG_MAPS, routeKind } from '../operator/kube.ts';
import { lockOf, type Where } from '../operator/locked.ts';
import { begunRevert, revertedImages, unrevertedProblem } from './revert.ts';
import { rewrite, unchanged } from './rewrite.ts';
import { refuseWith, report, whereIn } from './told.ts';

/** `tidegate record RELEASE`: what became of the release in flight, from the cluster or a file, into Git. */
export async function recordOutcome(invocation: Invocation): Promise<number> {
  formatOption(invocation, ['text', 'json']);
  const where = whereIn(invocation, 'record');
  const lock = lockOf(where);
  const seen = await outcomeOf(lock, where, invocation);
  if ('problems' in seen) return refuseWith(seen.problems, lock, invocation);
  const { record } = seen;
  const project = new Project();
  const committed = project.record(lock, record.plan).text;
  const git = Git.at(project.directory);
  const landing = git === null ? null : landingOf(git, lock);
  const recording = recorded(lock, record, { committed, approvals: project.approvals, now: Date.now(), landing });
  if (recording.kind === 'refused') return refuseWith(recording.problems, lock, invocation);
  const told = { outcome: record.outcome, plan: record.plan };
  if (recording.kind === 'recorded') {
    const said = `plan ${record.plan} is recorded already: ${record.outcome}`;
    return report({ lock, said, told, written: { written: [], removed: [], unchanged: 0 }, next: null }, invocation);
  }

  const revert = invocation.values.revert === true;
  if (revert && record.outcome === 'promoted')
    throw new UsageError('--revert is for a release that was aborted, and this one was promoted');
  const { file, lock: settled } = recording;
  const text = writeLock(settled);
  const begun = revert ? begunRevert(lock, project) : new Map<string, string>();
  const images = revert ? revertedImages(lock, new Project({ texts: begun })) : null;
  if (images && 'problem' in images) return refuseWith([images.problem], lock, invocation);
  const rewritten = await rewrite(
    {
      key: lock,
      texts: new Map([[file.path, file.text], ...(images ? [images.file] : []), [lockPath(lock), text]]),
      begun,
      wrong: images ? (after) => unrevertedProblem(after, project) : unchanged(text, writeLock),
    },
    invocation,
  );
  if (rewritten === null) return 1;
  const files = ['dist', 'lock', 'releases', ...(images ? ['images.yaml'] : [])].join(' ');
  const next = `Next: git add ${files} && git commit -m 'Record ${lock.release}: ${record.outcome} by plan ${record.plan}'`;
  const { written, lock: after } = rewritten;
  const left = lock.inFlight ? reminder(lock.inFlight.plan, record) : '';
  return report({ lock: after, said: [inWords(lock, after, record), left].filter(Boolean).join(' '), told, written, next }, invocation);
}

type Seen = { readonly record: CommittedRecord } | { readonly problems: readonly Problem[] };

async function outcomeOf(lock: Lock, where: Where, invocation: Invocation): Promise<Seen> {
  const file = textOption(invocation, 'from');
  if (file === null) return outcomeInCluster(lock, where, invocation);
  const record = readRecord(file === '-' ? readFileSync(0, 'utf8') : textOf(file), file === '-' ? 'standard input' : file, {
    release: lock.release,
  });
  invocation.io.err(`The live route was not asked: that ${lock.release} was ${record.outcome} is what ${file} says.\n\n`);
  return { record };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--from ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function outcomeInCluster(lock: Lock, where: Where, invocation: Invocation): Promise<Seen> {
  const { release, namespace, inFlight } = lock;
  const cluster = openCluster(invocation, { ...where, namespace });
  try {
    const name = names.status(release);
    const data = at(await cluster.kube.get(CONFIG_MAPS, namespace, name), 'data');
    const text = at(data, 'record.json');
    if (typeof text !== 'string') return { problems: [unfinished(lock, data)] };
    const record = readRecord(text, `ConfigMap ${name}`, { release });
    if (inFlight?.hash !== record.plan) return { record };
    const { route } = inFlight.plan;
    const live = await cluster.kube.get(routeKind(route), namespace, route.name);
    const problems = routeProblems(record.outcome, route, live);
    return problems.length > 0 ? { problems } : { record };
  } finally {
    cluster.close();
  }
}

function unfinished({ release, namespace }: Lock, data: unknown): Problem {
  if (data === undefined)
    return {
      message: `release ${release} has no status in namespace ${namespace}: no runner has begun.`,
      help: 'Is this the right --context, and has the GitOps tool applied the release?',
    };
  const phase = String(at(data, 'phase') ?? 'Unknown');
  return {
    message: `release ${release} has not ended: its phase is ${phase}.`,
    help: `\`tidegate status ${release} --watch\` tells when it has.`,
  };
}

/** What the record means for who serves, and what is left to do. */
function inWords(before: Lock, after: Lock, { outcome, plan }: CommittedRecord): string {
  const candidate = before.inFlight?.candidate.name ?? '';
  if (outcome === 'aborted') {
    const left =
      after.declined?.reason === 'aborted'
        ? ` The intent still describes it: it starts again with \`tidegate synth --retry ${after.release}\`, or change the intent.`
        : '';
    return `aborted by plan ${plan}: ${candidate} retires, ${stableWords(after)} stays stable.${left}`;
  }
  const replaced = isExternal(before.stable)
    ? `Deployment ${before.stable.deployment} gets nothing from the route any more, and can be removed where it is kept once nobody wants to go back`
    : `${before.stable.name} retires with its pods`;
  return `promoted by plan ${plan}: ${candidate} is stable, ${replaced}.`;
}

const stableWords = ({ stable }: Lock): string => (isExternal(stable) ? stable.deployment : stable.name);
