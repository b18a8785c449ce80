import { because, bystanding, type Decision, Draft, EXIT, isNew } from './draft.ts';
import { guard } from './guard.ts';
import { questions, takeMeasurements } from './judging.ts';
import { isExposed, NOTHING } from './level.ts';
import type { Memory } from './memory.ts';
import { isAtRest, strange } from './movement.ts';
import type { Release } from './release.ts';
import { abort, holdOnStable } from './retreat.ts';
import { unserved } from './serving.ts';
import { newStatus, rests, type Status } from './status.ts';
import { walk } from './walk.ts';
import type { World } from './world.ts';

/**
 * What to do about what is known. Takes nothing but its arguments into account: all that must be remembered is in the
 * status, which is part of what was read.
 */
export function decide(release: Release, world: World, at: number, memory: Memory): Decision {
  const { status } = world;
  if (world.plan !== 'present') return superseded(memory, `the plan is ${world.plan}: this release is over or another has taken its place`);
  switch (status.kind) {
    case 'otherPlan':
      if (memory.owned) return superseded(memory, `plan ${status.plan} has taken over`);
      return begin(release, world, at, memory);
    case 'earlier':
      return begin(release, world, at, memory, status.status);
    case 'absent':
    case 'corrupt':
      if (memory.lost) return superseded(memory, 'taken over');
      return status.kind === 'absent' ? begin(release, world, at, memory) : distrust(release, world, at, memory, status.why);
    case 'ours': {
      const why = rests(status.status) ? null : release.parts?.signatures?.untaken(status.status, at);
      return why ? distrust(release, world, at, memory, why) : proceed(release, world, at, memory, status.status);
    }
  }
}

const superseded = ({ fresh }: Memory, reason: string): Decision =>
  bystanding('Superseded', reason, fresh ? 'waiting' : 'certainly', [], fresh ? EXIT.superseded : null);

/**
 * The candidate has nothing, and only then this plan's status exists.
 * @param before of the same plan when it was walked earlier: what people said then does not count again
 */
function begin(release: Release, world: World, at: number, { fresh }: Memory, before?: Status): Decision {
  const { route } = world;
  const { kind, name } = release.plan.route;
  const why = strange(route);
  if (route === null || why !== null) return bystanding('Starting', `waiting for ${kind} ${name}: ${why}`, 'waiting');
  if (!fresh) return bystanding('Starting', '', 'certainly');
  if (isExposed(route.level)) {
    const message = `the candidate has traffic before ${release.plan.release}-status knows its plan: back to stable`;
    const effects = [
      { kind: 'setRoute', level: NOTHING, resourceVersion: route.resourceVersion },
      { kind: 'log', level: 'warning', message },
    ] as const;
    return bystanding('Starting', message, 'again', effects);
  }
  const { hash: plan } = release;
  const said = before ? { run: before.run + 1, consumed: [...before.consumed, ...everySaid(world)] } : { consumed: approvalsSaid(world) };
  const draft = new Draft(newStatus({ plan, planUid: world.planUid, at, generation: route.generation, ...said }), at);
  return draft.announce('Normal', 'Started', `plan ${plan} begins: ${release.plan.steps.length} steps`).finish(world, fresh);
}

/** Ids of every order that is there: whatever begins anew does not count them. An abort stands until somebody has followed it. */
function everySaid(world: World): readonly string[] {
  const { abort: _, ...commands } = world.orders.cluster.commands;
  return [...approvalsSaid(world), ...Object.values(commands).map(({ id }) => id)];
}

/** What was approved before a release began was approved unseen. */
const approvalsSaid = ({ orders: { git, cluster } }: World): readonly string[] =>
  [...git.approvals, ...cluster.approvals].flatMap(({ id, was }) => [id, was]);

/** A status that cannot be believed says nothing about what was earned, so nothing was. */
function distrust(release: Release, world: World, at: number, { fresh }: Memory, why: string): Decision {
  const { hash } = release;
  const { release: name } = release.plan;
  const generation = world.route?.generation ?? null;
  const draft = new Draft(newStatus({ plan: hash, planUid: world.planUid, at, generation, consumed: everySaid(world) }), at);
  holdOnStable(draft, release, world, `ConfigMap ${name}-status cannot be believed: ${why}; tidegate retry ${name} starts over`);
  return draft.finish(world, fresh);
}

function proceed(release: Release, world: World, at: number, memory: Memory, status: Status): Decision {
  const draft = new Draft(status, at);
  if (restart(release, world, draft)) return draft.finish(world, memory.fresh);
  if (!rests(status)) takeMeasurements(release, world, memory.answers, draft);
  const missing = unserved(release, memory, draft);
  if (guard(release, world, draft, missing, memory) === 'walk') walk(release, world, draft, missing);
  if (!rests(draft.status)) questions(release, world, draft, memory.asking);
  return draft.finish(world, memory.fresh);
}

/**
 * A person wants a plan that has ended on stable walked again; whatever was said before does not count any more. One
 * that is held is ended first. Of one that goes on nobody may say in advance that it begins anew once it has failed.
 */
function restart(release: Release, world: World, draft: Draft): boolean {
  const { retry, abort: stop } = world.orders.cluster.commands;
  const { route } = world;
  const { status, at } = draft;
  // A retry takes an abort away, so one that stands beside it was said after it.
  if (!isNew(retry, status) || isNew(stop, status)) return false;
  if (!rests(status)) {
    if (status.phase === 'Held') abort(draft, release, world, `${retry.by} starts it again`, 'person');
    else draft.consume(retry.id).note(`${retry.by} wants a retry of what goes on: void`, 'warning');
    return status.phase === 'Held';
  }
  if (!isAtRest(route)) return false;
  const consumed = [...status.consumed, ...everySaid(world)];
  const { plan, planUid, run, log, evidence } = status;
  const fresh = newStatus({ plan, planUid, at, generation: route.generation, run: run + 1, consumed });
  draft
    .change({ ...fresh, promoted: false, log, evidence })
    .announce('Normal', 'Retried', `${retry.by} starts it again${because(retry)}; this is run ${run + 1} of plan ${release.hash}`);
  return true;
}
