import { DEFAULT_APP } from '../constructs/default-app.ts';
import type { Lock, Revision } from '../lock/lock.ts';
import { provenRevisions } from '../lock/proven.ts';
import { rollbackProblems, untriedTests } from '../lock/rollback.ts';
import { formatSeconds, planDuration } from '../plan/duration.ts';
import { describeStep } from '../plan/words.ts';
import type { Problem } from '../schema/index.ts';
import { type Command, formatOption, type Invocation, textOption } from './command.ts';
import { lockOf } from './operator/locked.ts';
import { rewrite } from './record/rewrite.ts';
import { refuseWith, report, whereIn } from './record/told.ts';

export const rollback: Command = {
  name: 'rollback',
  summary: 'bring a proven revision back',
  help: `Usage: tidegate rollback RELEASE [--to REVISION] [--drill] [--target T] [OPTIONS]

Makes a revision that was stable before the candidate of a short plan: scale, ready, smoke tests, all traffic. It is the same
Deployment, byte for byte, with the same digest; merging the change is its approval. Where risk is high, one approval named
rollback stays in the plan: merge \`tidegate approve RELEASE rollback --git\` once the release waits for it.

The intent stays as it is: what it describes is given up, and starts again when it changes or when somebody asks
(tidegate synth --retry RELEASE). An intent whose template is a proven one gets the same plan from \`tidegate synth\`. While a
release is in flight, \`tidegate abort\` is the way back to stable.

Options:
  --to REVISION          which one: web-1a2b3c4d or 1a2b3c4d (default the one that left service last)
  --drill                write nothing: compile and check all of it, walk the plan in virtual time by the runner's own logic,
                         and say what it would do when, and what would end it
  --app FILE             the cdk8s program (default ${DEFAULT_APP})
  --out DIR              folder of the manifests (default dist)
  --target T             which target, where the release has several
  -n, --namespace NS     which namespace, where it has several
  --format text|json     text (default) or JSON

Exit code 1: there is nothing to go back to, something is in flight, what the revision needs is gone, or a drill fails.

Examples:
  tidegate rollback web --drill
  tidegate rollback web
  tidegate rollback web --to 1a2b3c4d
`,
  options: {
    app: { type: 'string' },
    drill: { type: 'boolean' },
    format: { type: 'string' },
    namespace: { type: 'string', short: 'n' },
    out: { type: 'string' },
    target: { type: 'string' },
    to: { type: 'string' },
  },
  async run(invocation) {
    formatOption(invocation, ['text', 'json']);
    const lock = lockOf(whereIn(invocation, 'rollback'));
    const chosen = choose(lock, textOption(invocation, 'to'));
    if ('problem' in chosen) return refuseWith([chosen.problem], lock, invocation);
    const { revision } = chosen;
    if (lock.inFlight !== null) {
      const { candidate, hash } = lock.inFlight;
      if (lock.inFlight.rollback !== true || candidate.name !== revision.name) return refuseWith([inFlightProblem(lock)], lock, invocation);
      const said = `plan ${hash} brings ${candidate.name} back already.`;
      return report({ lock, said, told: { plan: hash }, written: { written: [], removed: [], unchanged: 0 }, next: null }, invocation);
    }
    const problems = rollbackProblems(lock, revision);
    if (problems.length > 0) return refuseWith(problems, lock, invocation);
    return write(lock, revision, invocation);
  },
};

async function write(lock: Lock, to: Revision, invocation: Invocation): Promise<number> {
  const drill = invocation.values.drill === true;
  const rewritten = await rewrite(
    { key: lock, texts: new Map(), rollback: to.name, drill, wrong: (after) => notWalked(after, to) },
    invocation,
  );
  const flight = rewritten?.lock.inFlight;
  if (!rewritten || !flight) return 1;
  const { plan, hash } = flight;
  const steps = plan.steps.map((step) => describeStep(step) ?? step.kind);
  const lasts = formatSeconds(planDuration(plan).shortestSeconds);
  const untried = untriedTests(rewritten.lock);
  const beware = untried ? ` ${untried.words}` : '';
  const said = `plan ${hash} ${drill ? 'would bring' : 'brings'} ${to.name} back (${to.image}), in about ${lasts}: ${steps.join('; ')}.${beware}`;
  const [approval] = plan.approvals.required;
  const then = approval === undefined ? '' : `; once it waits: tidegate approve ${lock.release} ${approval} --git`;
  const told = { plan: hash, to: to.name, drill, steps, untried: untried?.tests ?? [] };
  const next = drill
    ? 'A drill: nothing was written.'
    : `Next: git add dist lock && git commit -m 'Roll ${lock.release} back to ${to.name}'${then}`;
  if (!drill) return report({ lock: rewritten.lock, said, told, written: rewritten.written, next }, invocation);

  const { describeDrill, drillOf, drillProblems } = await import('./rollback-drill.ts');
  const rehearsal = drillOf(rewritten.lock, flight);
  const problems = drillProblems(rehearsal);
  const detail = describeDrill(rehearsal, flight);
  report({ lock: rewritten.lock, said, told: { ...told, rehearsal }, detail, written: rewritten.written, next }, invocation);
  for (const problem of problems) invocation.io.err(`The drill fails: ${problem}.\n`);
  return problems.length === 0 ? 0 : 1;
}

function choose(lock: Lock, wanted: string | null): { readonly revision: Revision } | { readonly problem: Problem } {
  const { release, inFlight, history } = lock;
  const held = [...(inFlight?.rollback === true ? [inFlight.candidate] : []), ...provenRevisions(lock)];
  const revision = wanted === null ? held[0] : held.find(({ name, rev }) => name === wanted || rev === wanted);
  if (revision) return { revision };
  const names = held.map(({ name }) => name).join(', ');
  const proven = wanted !== null && history.some(({ revision: name }) => name === wanted || name === `${release}-${wanted}`);
  const stable = 'name' in lock.stable && (wanted === lock.stable.name || wanted === lock.stable.rev);
  const help = names === '' ? 'Release the old image again, with all its gates.' : `It holds ${names}.`;
  if (wanted === null) return { problem: { message: `the lock of ${release} holds no revision that was stable before.`, help } };
  if (stable) return { problem: { message: `${wanted} is stable.`, help } };
  return {
    problem: proven
      ? { message: `${wanted} was stable once, and the lock no longer holds it: \`history.keep\` says how many stay.`, help }
      : { message: `${wanted} is no revision of ${release} that was ever stable.`, help },
  };
}

function inFlightProblem({ release, inFlight }: Lock): Problem {
  return {
    message: `plan ${inFlight?.hash} of ${release} is in flight.`,
    help: `\`tidegate abort ${release}\` sends all traffic back to stable now; record that, and roll back further then.`,
  };
}

function notWalked(after: Lock, to: Revision): Problem | null {
  const { inFlight } = after;
  if (inFlight?.rollback === true && inFlight.candidate.name === to.name) return null;
  return {
    message: `${to.name} cannot be brought back by the charts as they are.`,
    help: 'Run `tidegate synth`, commit what it changes, and run again.',
  };
}
