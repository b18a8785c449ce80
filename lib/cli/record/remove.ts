import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cwd } from 'node:process';
import { DEFAULT_APP, DEFAULT_OUT } from '../../constructs/default-app.ts';
import { Project } from '../../constructs/project.ts';
import { synthesize } from '../../constructs/synthesize.ts';
import { elsewhereProblems } from '../../gitops/elsewhere.ts';
import { Git } from '../../gitops/git.ts';
import { leadingProblems, type Removal, removalOf } from '../../gitops/remove.ts';
import { planRevision } from '../../lock/advance.ts';
import { isExternal, type Lock } from '../../lock/lock.ts';
import { lockPath, readLock } from '../../lock/read.ts';
import { writeLock } from '../../lock/write.ts';
import type { Written } from '../../output/files.ts';
import { type Problem, ProblemError } from '../../schema/index.ts';
import { formatOption, type Invocation, textOption, textOptions, UsageError } from '../command.ts';
import { openCluster } from '../operator/cluster.ts';
import { DEPLOYMENTS } from '../operator/kube.ts';
import { removalOfLeft } from '../operator/left.ts';
import { printRefusal, rulesFor } from '../verdict.ts';
import { writesOf } from '../write.ts';
import { routesAround } from './surroundings.ts';
import { timeOf } from './time.ts';
import { refuseWith } from './told.ts';

/** `tidegate record RELEASE... --remove`: what no chart declares any more is taken out of service, and later dropped. */
export const recordRemoval = (invocation: Invocation): Promise<number> => removeIn(cwd(), invocation);

/** @param directory folder of the project */
export async function removeIn(directory: string, invocation: Invocation): Promise<number> {
  formatOption(invocation, ['text', 'json']);
  const removals = locksIn(directory, invocation).map((lock) => removalOf(lock, timeOf(invocation)));
  const dropped = removals.filter(({ step }) => step === 'drop').map(({ lock }) => lock);
  const early = uncommittedProblems(directory, dropped);
  if (early.length > 0) throw new ProblemError(early);
  const [first] = dropped;
  const problems = first === undefined ? [] : await leadingInCluster(first, dropped, invocation);
  if (first && problems.length > 0) return refuseWith(problems, first, invocation);

  const texts = new Map(
    removals.flatMap(({ step, lock }): [string, string | null][] =>
      step === 'wait' ? [] : [[lockPath(lock), step === 'drop' ? null : writeLock(lock)]],
    ),
  );
  const project = new Project({ directory, texts });
  const judge = rulesFor(project);
  const synthesis = await synthesize(textOption(invocation, 'app') ?? DEFAULT_APP, project);
  const declared = new Set(synthesis.releases.filter(({ lock }) => !lock.leaving).map(({ lock }) => lockPath(lock)));
  const gone = removals.filter(({ lock }) => !declared.has(lockPath(lock)));
  if (gone.length === 0)
    throw new UsageError(
      `a chart still declares ${invocation.positionals.join(', ')}: take it out of charts/ first, so that the two are one commit`,
    );
  const out = textOption(invocation, 'out') ?? DEFAULT_OUT;
  // The lock last of all: as long as it stands, the same command comes to the same result again.
  const writes = writesOf(synthesis, project, out, true, dropped.map(lockPath));
  const verdict = await judge(synthesis, out);
  if (!verdict.accepted) {
    await printRefusal(verdict, formatOption(invocation, ['text', 'json']), invocation.io);
    return 1;
  }
  return tell(gone, writes.commit(), directory, invocation);
}

/** Both steps in one commit would prune pods while the route may still lead there. */
function uncommittedProblems(directory: string, dropped: readonly Lock[]): readonly Problem[] {
  const git = Git.at(directory);
  if (git === null) return [];
  return dropped
    .filter((lock) => {
      const text = git.textAt('HEAD', lockPath(lock));
      return text === null || readLock(text, lock).leaving?.since !== lock.leaving?.since;
    })
    .map(({ release, target }) => ({
      message: `that ${release} leaves target ${target} is not committed, so its pods would go with its route.`,
      help: 'Commit that first, and let the cluster apply it; then run this again for the second commit.',
    }));
}

function locksIn(directory: string, invocation: Invocation): readonly Lock[] {
  const releases = invocation.positionals;
  if (releases.length === 0) throw new UsageError('record takes a release: tidegate record RELEASE --remove');
  const project = new Project({ directory });
  const [targets, namespace] = [textOptions(invocation, 'target'), textOption(invocation, 'namespace')];
  const keys = project
    .lockKeys()
    .filter(({ target }) => targets.length === 0 || targets.includes(target))
    .filter((key) => namespace === null || key.namespace === namespace);
  const unknown = releases.filter((release) => !keys.some((key) => key.release === release));
  if (unknown.length > 0)
    throw new UsageError(`there is no lock of ${unknown.join(', ')} here; lock/<target>/<namespace>/ of its repository holds it`);
  return (
    keys
      .filter(({ release }) => releases.includes(release))
      .map((key) => readLock(project.lockText(key) ?? '', key))
      // What is in flight or was adopted is no release to be taken out of service: the run says why.
      .filter(({ inFlight, stable }) => inFlight === null && !isExternal(stable))
  );
}

async function leadingInCluster({ target }: Lock, dropped: readonly Lock[], invocation: Invocation): Promise<readonly Problem[]> {
  const { io, values } = invocation;
  if (values['without-cluster'] === true) {
    io.err('The cluster was not asked: that no route leads there any more is taken from Git.\n\n');
    return [];
  }
  if (dropped.some((lock) => lock.target !== target)) throw new UsageError('one cluster at a time: give --target once');
  const found = await Promise.all(
    dropped.map(async (lock): Promise<readonly Problem[]> => {
      const { release, namespace, stable } = lock;
      const cluster = openCluster(invocation, { release, target, namespace });
      try {
        const { deployment } = planRevision(stable);
        const live = await cluster.kube.get(DEPLOYMENTS, namespace, deployment);
        if (live === null)
          return [{ message: `Deployment ${deployment} is not in namespace ${namespace}.`, help: 'Is this the right --context?' }];
        const elsewhere = elsewhereProblems(lock, live, `Deployment ${deployment}`);
        if (elsewhere.length > 0) return elsewhere;
        const around = await routesAround(cluster.kube, namespace);
        for (const what of around.unseen) io.err(`Look yourself whether any ${what} leads to ${release}: it could not be read.\n`);
        return leadingProblems(lock, around);
      } finally {
        cluster.close();
      }
    }),
  );
  return found.flat();
}

function tell(removals: readonly Removal[], files: Written, directory: string, { values, io }: Invocation): number {
  if (values.format === 'json') {
    const releases = removals.map(({ step, lock: { release, target, namespace }, ...rest }) => ({
      release,
      target,
      namespace,
      step,
      until: 'until' in rest ? new Date(rest.until).toISOString() : null,
    }));
    io.out(`${JSON.stringify({ version: 1, releases, files }, null, 2)}\n`);
    return 0;
  }
  for (const removal of removals) io.out(`${removal.lock.release}  ${inWords(removal)}\n`);
  const changed = files.written.length + files.removed.length > 0;
  io.err(`\n${files.written.length} written, ${files.removed.length} removed.`);
  io.err(changed ? ` Next: ${commitOf(removals, directory)}\n` : '\n');
  return 0;
}

function commitOf(removals: readonly Removal[], directory: string): string {
  const those = (wanted: Removal['step']) =>
    [...new Set(removals.filter(({ step }) => step === wanted).map(({ lock }) => lock.release))].join(', ');
  const [leaving, dropped] = [those('withdraw'), those('drop')];
  const message = [...(leaving ? [`Take ${leaving} out of service`] : []), ...(dropped ? [`Drop ${dropped}`] : [])].join('; ');
  // With the last of them the folder goes, and git adds no path that it knows nothing of.
  const gone = leaving && !existsSync(join(directory, 'charts'));
  const charts = gone ? 'git rm -rq --cached --ignore-unmatch charts && ' : '';
  return `${charts}git add --all ${leaving && !gone ? 'charts ' : ''}dist lock && git commit -m '${message}'`;
}

function inWords(removal: Removal): string {
  const { target } = removal.lock;
  switch (removal.step) {
    case 'withdraw':
      return `leaves target ${target}: its route goes, its pods and Services stay. Run this again from ${new Date(removal.until).toISOString()} on.`;
    case 'wait':
      return `keeps its pods on target ${target} until ${new Date(removal.until).toISOString()}.`;
    case 'drop':
      return `is gone from target ${target}. What its runner wrote is left: ${removalOfLeft(removal.lock)}`;
  }
}
