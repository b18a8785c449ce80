import { DEFAULT_APP, DEFAULT_OUT } from '../../constructs/default-app.ts';
import { Project } from '../../constructs/project.ts';
import { type ReleaseSummary, synthesize } from '../../constructs/synthesize.ts';
import { type Adoption, adopt } from '../../gitops/adopt/adopt.ts';
import { type AdoptionStep, WHEN } from '../../gitops/adopt/steps.ts';
import type { Surroundings } from '../../gitops/adopt/surroundings.ts';
import { adoptedName } from '../../gitops/adopt/workload.ts';
import { isExternal } from '../../lock/lock.ts';
import { lockPath } from '../../lock/read.ts';
import { formatOption, type Invocation, textOption, textOptions, UsageError } from '../command.ts';
import { report, toldOf } from '../told.ts';
import { printRefusal, rulesFor } from '../verdict.ts';
import { writesOf } from '../write.ts';
import { refuseLost } from './lost.ts';
import { surroundingsIn, surroundingsOf } from './surroundings.ts';

/** `tidegate record RELEASE --initial --adopt deployment/NAME`: the first lock entry of what runs already. */
export async function recordAdoption(invocation: Invocation): Promise<number> {
  const [release, another] = invocation.positionals;
  if (release === undefined || another !== undefined)
    throw new UsageError('--adopt is of one release: tidegate record RELEASE --initial --adopt deployment/NAME');
  const deployment = adoptedName(textOption(invocation, 'adopt') ?? '');
  const format = formatOption(invocation, ['text', 'json']);
  const app = textOption(invocation, 'app') ?? DEFAULT_APP;
  const targets = [targetOf(invocation)];

  // What the intent describes first: it says where to look, and what to look for.
  const described = await synthesize(app, new Project({ initial: [release], targets }), [release]);
  const [summary] = described.releases;
  if (summary === undefined || isExternal(summary.lock.stable)) throw new UsageError(`--adopt: there is no release '${release}'`);
  const adoption = adopt(
    {
      deployment,
      service: textOption(invocation, 'service'),
      resolved: summary.lock.resolved,
      revision: summary.lock.stable,
      objects: described.sources.filter((manifest) => manifest.release === release).map(({ object }) => object),
    },
    await surroundings(invocation, deployment, summary),
  );

  const project = new Project({ initial: [release], adopted: adoption.stable, targets });
  refuseLost([lockPath(summary.lock)], project.directory);
  const judge = rulesFor(project);
  const synthesis = await synthesize(app, project, [release]);
  const out = textOption(invocation, 'out') ?? DEFAULT_OUT;
  const writes = writesOf(synthesis, project, out, false);
  const verdict = await judge(synthesis, out);
  if (!verdict.accepted) {
    await printRefusal(verdict, format, invocation.io);
    return 1;
  }
  report(toldOf(synthesis, verdict), writes.commit(), format, project, invocation, { adoption: asJson(adoption) });
  if (format === 'text') invocation.io.err(describeSteps(release, adoption));
  return 0;
}

/** One workload runs in one place. */
function targetOf(invocation: Invocation): string {
  const named = textOptions(invocation, 'target');
  const { targets } = new Project(named.length > 0 ? { targets: named } : {});
  const [target, another] = targets;
  if (target === undefined || another !== undefined)
    throw new UsageError(`--adopt is of one target: give --target, one of ${targets.join(', ')}`);
  return target;
}

function surroundings(invocation: Invocation, deployment: string, { release, target, namespace }: ReleaseSummary): Promise<Surroundings> {
  const file = textOption(invocation, 'from');
  if (file !== null) return Promise.resolve(surroundingsIn(file, namespace));
  return surroundingsOf(invocation, { release, target, namespace, deployment });
}

const asJson = ({ stable: { deployment, image, objects }, steps }: Adoption) => ({
  deployment,
  service: objects.service.metadata.name,
  image,
  steps,
});

function describeSteps(release: string, { stable, steps }: Adoption): string {
  const lines = [`\n${stable.deployment} is stable of ${release} with ${stable.image}. No pod of it is touched.\n`];
  for (const when of Object.keys(WHEN) as AdoptionStep['when'][]) {
    const due = steps.filter((step) => step.when === when);
    if (due.length > 0) lines.push(`\n${WHEN[when]}:\n`, ...due.map(({ text }) => `  - ${text}\n`));
    if (when === 'release')
      lines.push(
        `\nThe first release starts with the next change of the intent, or as it stands: \`tidegate synth --only ${release} --refresh\`.\n`,
      );
  }
  return lines.join('');
}
