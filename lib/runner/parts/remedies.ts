// What gates may have done once before traffic goes to stable: a flag is switched off, by an override of the runner's own
// or by whoever answers a webhook, or requests that may be given up go to stable.
import type { Plan } from '../../plan/plan.ts';
import type { Draft } from '../draft.ts';
import { type Applied, epochOf, type Said } from '../effect.ts';
import type { Memory } from '../memory.ts';
import type { Reviewed } from '../read-plan.ts';
import type { Remedied } from '../status.ts';
import type { World } from '../world.ts';

type Remedy = Exclude<keyof NonNullable<Plan['remedies']>, 'shed'>;

/** Between two tries of one that was not done, and longer each time. */
const FIRST_RETRY_MILLISECONDS = 1_000;
const LONGEST_RETRY_MILLISECONDS = 30_000;

/** What begins, for people: the subject of a sentence that goes on with what becomes of the gates. */
export const describeRemedy = (kind: string, { remedies }: Plan): string =>
  kind === 'shed' ? 'requests that may be given up go to stable' : `flag ${remedies?.[kind as Remedy]?.flag} is switched off (${kind})`;

/** The ConfigMap that a decision must see: nobody else may switch the flag unnoticed. */
export const follows = (plan: Plan): readonly string[] => (plan.remedies?.flagOff ? [overrideName(plan)] : []);

/**
 * Has done what was begun and waits for it to take effect: it never waits for ever. Why the release must end; '': it must
 * not begin yet; null: neither.
 */
export function followRemedies(release: Reviewed, world: World, memory: Memory, draft: Draft): string | null {
  const said = agree(release, world, draft);
  if (said !== null) return said;
  for (const kind of ['flagOff', 'webhook'] as const) {
    const begun = draft.status.remedies[kind];
    if (!begun || begun.readyAt !== null) continue;
    const why = follow(kind, begun, release, world, memory, draft);
    if (why !== null) return why;
  }
  const begun = draft.status.remedies.shed;
  return begun && begun.readyAt === null ? shed(begun, release, world, draft) : null;
}

/**
 * The level without requests that may be given up is a level like any other: written down, written to the route, and judged
 * once the route holds it. Why the release must end; '': nothing else is to be done at this look; null: neither.
 */
function shed(begun: Remedied, { plan }: Reviewed, { route, orders }: World, draft: Draft): string | null {
  const { at, status } = draft;
  const { level, step } = status;
  const off = orders.cluster.commands['without-shed'];
  if (off !== undefined) return `${off.by} said that no requests may be given up`;
  const become = (change: Partial<Remedied>) => draft.change({ remedies: { ...draft.status.remedies, shed: { ...begun, ...change } } });
  if (begun.doneAt === undefined) {
    // With all requests nothing is left to fall back to, and what is not given back would stay behind on stable.
    const isAhead = plan.steps.slice(step).some((later) => later.kind === 'setHeaderRoute' && later.name === 'shed');
    if (!isAhead || !level.set.routes.shed || route === null) return 'there are no requests that could be given up';
    const set = { ...level.set, routes: { ...level.set.routes, shed: 0 } };
    become({ doneAt: at });
    draft.change({ level: { ...level, set, held: null, since: null }, pending: { from: route.level, generation: route.generation } });
    return '';
  }
  if (level.since !== null) {
    become({ readyAt: at });
    draft.note('the route has sent requests that may be given up to stable: measured anew');
    if (plan.steps[step]?.kind === 'analysis') draft.change({ stepStartedAt: at });
    return null;
  }
  const within = (plan.remedies?.shed?.withinSeconds ?? 0) * 1_000;
  // By a clock that was set back, what was is of the future.
  if (Math.abs(at - begun.doneAt) >= within) return `the route did not give up requests within ${within / 1_000}s`;
  draft.by(begun.doneAt + within);
  return null;
}

/**
 * The override is what the status says, so that gates have measured what the pods do. A run that begins takes the one of its
 * plan for what it is, whatever became of the run before. Any other, of whatever flag, is waited for, and ends a run that is
 * on its way: to write over it would undo what a person has switched off. Of one that has arrived it says nothing.
 */
function agree({ plan }: Reviewed, { others, planUid }: World, draft: Draft): string | null {
  const remedy = plan.remedies?.flagOff;
  if (remedy === undefined) return null;
  const { flag, settleSeconds } = remedy;
  const { at, status } = draft;
  const { flagOff, flagOn } = status.remedies;
  const name = overrideName(plan);
  const override = others[name] as Override | null | undefined;
  const isOwned = override?.metadata.ownerReferences?.some(({ uid }) => uid === planUid);
  const isOwn = isOwned && override?.data?.[FILE] === overrideOf(flag);
  const hasBegun = status.step > 0 || status.stepStartedAt !== null;
  const become = (kind: string, remedied: Remedied) => draft.change({ remedies: { ...draft.status.remedies, [kind]: remedied } });
  if (flagOff?.doneAt !== undefined) return isOwn ? null : `flag ${flag} is not off any more: ConfigMap ${name} is not as it was written`;
  if (isOwn && (flagOff || !hasBegun)) {
    become('flagOff', { at: flagOff?.at ?? at, doneAt: at, readyAt: null });
    draft.announce('Normal', 'RemedyDone', `flag ${flag} is off by ConfigMap ${name}, which takes effect within ${settleSeconds}s`);
    return null;
  }
  if (override) {
    const what = `ConfigMap ${name} is of others, or was edited`;
    // Promoted: to go back because a person switches something off would be worse than what they saw.
    if (status.promoted) return null;
    if (hasBegun) return `${what}: gates have measured without it`;
    if (!flagOn || flagOn.doneAt !== undefined) become('flagOn', { at, readyAt: null });
    draft.wait(`${what}: waiting until it is gone`);
    return '';
  }
  if (!flagOn || flagOn.readyAt !== null) return null;
  const doneAt = flagOn.doneAt ?? at;
  // By a clock that was set back, what was is of the future.
  if (Math.abs(at - doneAt) >= settleSeconds * 1_000) {
    become('flagOn', { ...flagOn, doneAt, readyAt: at });
    return null;
  }
  if (flagOn.doneAt === undefined) become('flagOn', { ...flagOn, doneAt });
  draft.wait(`ConfigMap ${name} is gone, which takes effect within ${settleSeconds}s`, doneAt + settleSeconds * 1_000);
  return '';
}

/** As much of it as is looked at. */
interface Override {
  readonly metadata: { readonly ownerReferences?: readonly { readonly uid: string }[] };
  readonly data?: Readonly<Record<string, string>>;
}

const overrideName = ({ release }: Plan): string => `${release}-flags-off`;
const FILE = 'flags-off.json';

function follow(kind: Remedy, begun: Remedied, release: Reviewed, world: World, memory: Memory, draft: Draft): string | null {
  const { plan } = release;
  const { at } = draft;
  const remedy = plan.remedies?.[kind];
  if (remedy === undefined) return `the plan has no remedy ${kind}`;
  const { flag, settleSeconds, withinSeconds } = remedy;
  const off = world.orders.cluster.commands[`without-${kind}`];
  // What was found done when the run began is of a run before: to end this one would bring nothing back.
  if (off !== undefined && begun.doneAt !== begun.at) return `${off.by} said that nothing may switch off flag ${flag}`;
  const become = (change: Partial<Remedied>) => {
    const { remedies } = draft.status;
    draft.change({ remedies: { ...remedies, [kind]: { ...begun, ...change } } });
  };
  // By a clock that was set back, what was is of the future: nobody waits for that.
  const past = (since: number, seconds: number) => Math.abs(at - since) >= seconds * 1_000;
  if (begun.doneAt !== undefined) {
    if (!past(begun.doneAt, settleSeconds)) {
      draft.by(begun.doneAt + settleSeconds * 1_000);
      return null;
    }
    become({ readyAt: at });
    draft.note(`flag ${flag} is off since ${settleSeconds}s: measured anew`);
    // An analysis has its whole time again.
    if (plan.steps[draft.status.step]?.kind === 'analysis') draft.change({ stepStartedAt: at });
    return null;
  }
  // Written down first: of what is done nobody may have to guess who did it.
  if (world.status.kind !== 'ours' || !world.status.status.remedies[kind]) return null;
  const key = `remedy.${kind}`;
  const tries = memory.answers.filter(({ question }) => question.key === key);
  const last = tries.at(-1);
  if (last !== undefined && isDone(last.answer)) {
    become({ doneAt: at });
    draft.announce('Normal', 'RemedyDone', `flag ${flag} is switched off, which takes effect within ${settleSeconds}s`);
    return null;
  }
  if (past(begun.at, withinSeconds)) return `flag ${flag} was not switched off within ${withinSeconds}s${because(last?.answer)}`;
  draft.by(begun.at + withinSeconds * 1_000);
  if (memory.asking.waiting.has(key)) return null;
  const pause = Math.min(LONGEST_RETRY_MILLISECONDS, FIRST_RETRY_MILLISECONDS * 2 ** (tries.length - 1));
  if (last !== undefined && at < last.at + pause && at >= last.at) {
    draft.by(last.at + pause);
    return null;
  }
  if (last !== undefined && !last.seen) draft.say(`flag ${flag} is not switched off yet${because(last.answer)}`, 'warning');
  draft.ask({ key, epoch: epochOf(draft.status, key), weight: draft.status.level.set.weight }, question(kind, flag, release, world));
  return null;
}

/** A 2xx is all that is asked for: what stands in it is for others. */
const isDone = ({ kind, evidence }: Said): boolean => kind !== 'error' || Math.floor((evidence?.status ?? 0) / 100) === 2;

const because = (answer: Said | undefined): string => (answer?.kind === 'error' ? `: ${answer.message}` : '');

function question(kind: Remedy, flag: string, { plan, hash }: Reviewed, world: World) {
  const { release, namespace, target, remedies } = plan;
  if (kind === 'flagOff' || remedies?.webhook === undefined) return override(flag, plan, hash, world);
  // Said again, it is the same word: whoever answers may tell by the plan.
  const body = JSON.stringify({ version: 1, release, namespace, target, plan: hash, flag, state: 'off' });
  return { web: { ...remedies.webhook.web, body } };
}

/** Over the flags that Git holds, which stay as they are. */
function overrideOf(flag: string): string {
  const definition = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };
  return `${JSON.stringify({ $schema: 'https://flagd.dev/schema/v0/flags.json', flags: { [flag]: definition } }, null, 2)}\n`;
}

/** It goes with the plan, as Kubernetes takes away what has lost its owner. */
function override(flag: string, plan: Plan, hash: string, { planUid }: World): Applied {
  const { release, namespace, target } = plan;
  const metadata = {
    name: overrideName(plan),
    namespace,
    // The version 1 never exists, so that one which others have written meanwhile stays.
    resourceVersion: '1',
    labels: {
      'app.kubernetes.io/name': 'tidegate-runner',
      'app.kubernetes.io/part-of': release,
      'app.kubernetes.io/managed-by': 'tidegate',
      'tidegate.dev/release': release,
      'tidegate.dev/component': 'runner',
      'tidegate.dev/target': target,
    },
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: `${release}-plan-${hash}`, uid: planUid }],
  };
  return {
    apply: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { [FILE]: overrideOf(flag) },
    } as Applied['apply'],
  };
}
