// What Argo's controller refuses of a Rollout, after `validation.go` and `validation_references.go` of Argo Rollouts 1.9;
// also what its own lint lets through: steps that say two things, and routers that are named twice.
import { secondsOf } from './exposure/duration.ts';
import type { Complaint } from './rule.ts';
import { at, type Fields, fieldsAt, indexed, isFields, listAt, numberAt, textAt } from './shape.ts';

const CANARY = ['spec', 'strategy', 'canary'];
const BLUE_GREEN = ['spec', 'strategy', 'blueGreen'];
const STEP_KINDS = ['setWeight', 'pause', 'setCanaryScale', 'experiment', 'analysis', 'setHeaderRoute', 'setMirrorRoute', 'plugin'];

/** Everything for which Argo would not walk a Rollout. */
export function* argoRefusals(value: unknown): Iterable<Complaint> {
  yield* rolloutRefusals(value);
  if (isFields(at(value, ...BLUE_GREEN))) yield* blueGreenRefusals(value);
  if (isFields(at(value, ...CANARY))) yield* canaryRefusals(fieldsAt(value, ...CANARY));
}

function* rolloutRefusals(value: unknown): Iterable<Complaint> {
  const spec = fieldsAt(value, 'spec');
  const refers = textAt(spec, 'workloadRef', 'name') !== null;
  const selector = fieldsAt(spec, 'selector');
  if (!refers && Object.keys(selector).length === 0)
    yield { path: ['spec', 'selector'], message: 'it has no selector, and no workloadRef to take one from.' };
  if (refers && listAt(spec, 'template', 'spec', 'containers').length > 0)
    yield { path: ['spec', 'template'], message: 'it has a template beside its workloadRef, where it must be empty.' };
  for (const field of ['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']) {
    const number = numberAt(spec, field);
    if (number !== null && number < 0) yield { path: ['spec', field], message: `${field} is ${number}, expected 0 or more.` };
  }
  const [deadline, ready] = [numberAt(spec, 'progressDeadlineSeconds') ?? 600, numberAt(spec, 'minReadySeconds') ?? 0];
  if (deadline <= ready)
    yield {
      path: ['spec', 'progressDeadlineSeconds'],
      message: `the deadline of ${deadline} s is not longer than minReadySeconds, ${ready} s.`,
    };
  const strategies = ['canary', 'blueGreen'].filter((name) => isFields(at(spec, 'strategy', name)));
  if (strategies.length !== 1)
    yield {
      path: ['spec', 'strategy'],
      message:
        strategies.length === 0 ? 'it has neither a canary nor a blueGreen strategy.' : 'it has both a canary and a blueGreen strategy.',
    };
}

function* blueGreenRefusals(value: unknown): Iterable<Complaint> {
  const strategy = fieldsAt(value, ...BLUE_GREEN);
  const [active, preview] = [textAt(strategy, 'activeService'), textAt(strategy, 'previewService')];
  if (active === null) yield { path: [...BLUE_GREEN, 'activeService'], message: 'it names no activeService.' };
  else if (active === preview)
    yield { path: [...BLUE_GREEN, 'previewService'], message: `${active} is the active and the preview Service.` };
  const kept = numberAt(value, 'spec', 'revisionHistoryLimit') ?? 10;
  const delayed = numberAt(strategy, 'scaleDownDelayRevisionLimit');
  if (delayed !== null && delayed > kept)
    yield {
      path: [...BLUE_GREEN, 'scaleDownDelayRevisionLimit'],
      message: `scaleDownDelayRevisionLimit is ${delayed}, more than the revisionHistoryLimit of ${kept}.`,
    };
  yield* affinityRefusals(strategy, BLUE_GREEN);
}

function* canaryRefusals(canary: Fields): Iterable<Complaint> {
  const routing = isFields(canary.trafficRouting) ? canary.trafficRouting : null;
  yield* serviceRefusals(canary, routing);
  if (isZero(canary.maxSurge) && isZero(canary.maxUnavailable))
    yield { path: [...CANARY, 'maxUnavailable'], message: 'maxSurge and maxUnavailable are both 0, so no pod can be replaced.' };
  if (!routing)
    for (const field of ['scaleDownDelaySeconds', 'dynamicStableScale'])
      if (canary[field] !== undefined && canary[field] !== false)
        yield { path: [...CANARY, field], message: `${field} needs trafficRouting.` };
  if (routing && canary.dynamicStableScale === true && canary.scaleDownDelaySeconds !== undefined)
    yield { path: [...CANARY, 'scaleDownDelaySeconds'], message: 'scaleDownDelaySeconds cannot be set beside dynamicStableScale.' };
  if (routing) yield* routingRefusals(routing);
  yield* affinityRefusals(canary, CANARY);
  const most = numberAt(routing, 'maxTrafficWeight') ?? 100;
  for (const [index, step] of indexed(listAt(canary, 'steps'))) {
    const path = [...CANARY, 'steps', String(index)];
    const kinds = STEP_KINDS.filter((kind) => at(step, kind) !== undefined);
    // A field that is no step is for the schema to name.
    if (Object.keys(fieldsAt(step)).length === 0) yield { path, message: `step ${index} says nothing that Argo knows.` };
    if (kinds.length > 1) yield { path, message: `step ${index} has ${kinds.join(' and ')}: Argo refuses it, or does one of them alone.` };
    yield* stepRefusals(step, index, path, routing, most);
  }
}

function* serviceRefusals(canary: Fields, routing: Fields | null): Iterable<Complaint> {
  const [stable, candidate] = [textAt(canary, 'stableService'), textAt(canary, 'canaryService')];
  if (stable !== null && stable === candidate)
    yield { path: [...CANARY, 'canaryService'], message: `${stable} is the stable and the canary Service.` };
  const pingPong = isFields(canary.pingPong) ? canary.pingPong : null;
  if (pingPong) {
    const [ping, pong] = [textAt(pingPong, 'pingService'), textAt(pingPong, 'pongService')];
    if (ping === null || pong === null) yield { path: [...CANARY, 'pingPong'], message: 'pingPong needs a pingService and a pongService.' };
    else if (ping === pong) yield { path: [...CANARY, 'pingPong', 'pongService'], message: `${ping} is the ping and the pong Service.` };
    if (!has(routing, 'alb', 'istio', 'plugins'))
      yield { path: [...CANARY, 'pingPong'], message: 'pingPong needs ALB, Istio or a plugin as router.' };
    if (has(routing, 'alb') && textAt(routing, 'alb', 'rootService') === null)
      yield { path: [...CANARY, 'trafficRouting', 'alb', 'rootService'], message: 'pingPong with ALB needs a rootService.' };
  }
  const needsNone = pingPong !== null || has(routing, 'plugins') || isFields(at(routing, 'istio', 'destinationRule'));
  if (routing && !needsNone && (stable === null || candidate === null))
    yield {
      path: [...CANARY, stable === null ? 'stableService' : 'canaryService'],
      message: 'trafficRouting needs a stableService and a canaryService.',
    };
}

/** Fields of routers of which exactly one must be there. */
const ONE_OF = [
  ['nginx', 'stableIngress', 'stableIngresses'],
  ['alb', 'ingress', 'ingresses'],
  ['istio', 'virtualService', 'virtualServices'],
] as const;

function* routingRefusals(routing: Fields): Iterable<Complaint> {
  const path = [...CANARY, 'trafficRouting'];
  if (routing.maxTrafficWeight !== undefined && !has(routing, 'nginx', 'plugins'))
    yield { path: [...path, 'maxTrafficWeight'], message: 'maxTrafficWeight is for nginx and plugins only.' };
  for (const [router, one, several] of ONE_OF) {
    if (!has(routing, router)) continue;
    const given = [one, several].filter((field) => at(routing, router, field) !== undefined);
    if (given.length !== 1)
      yield {
        path: [...path, router],
        message: `${router} needs ${one} or ${several}, and has ${given.length === 0 ? 'neither' : 'both'}.`,
      };
  }
}

function* affinityRefusals(strategy: Fields, path: readonly string[]): Iterable<Complaint> {
  const affinity = strategy.antiAffinity;
  if (!isFields(affinity)) return;
  const given = Object.keys(affinity);
  if (given.length !== 1)
    yield { path: [...path, 'antiAffinity'], message: `antiAffinity has ${given.length} of its two forms, expected one.` };
  const field = 'preferredDuringSchedulingIgnoredDuringExecution';
  const weight = numberAt(affinity, field, 'weight');
  if (isFields(affinity[field]) && (weight === null || weight < 1 || weight > 100))
    yield {
      path: [...path, 'antiAffinity', field, 'weight'],
      message: `the weight of antiAffinity is ${weight ?? 'missing'}, expected 1 to 100.`,
    };
}

function* stepRefusals(step: unknown, index: number, path: readonly string[], routing: Fields | null, most: number): Iterable<Complaint> {
  const weight = numberAt(step, 'setWeight');
  if (weight !== null && (weight < 0 || weight > most))
    yield { path: [...path, 'setWeight'], message: `step ${index} sets the weight ${weight}, expected 0 to ${most}.` };
  const duration = at(step, 'pause', 'duration');
  const seconds = secondsOf(duration);
  if (duration !== undefined && duration !== null && (seconds === null || seconds < 0))
    yield { path: [...path, 'pause', 'duration'], message: `step ${index} pauses for ${JSON.stringify(duration)}, which is no duration.` };
  if (at(step, 'setCanaryScale') !== undefined && !routing)
    yield { path: [...path, 'setCanaryScale'], message: `step ${index}: setCanaryScale needs trafficRouting.` };
  yield* routeRefusals(step, index, path, routing);
  for (const [number, template] of indexed(listAt(step, 'experiment', 'templates')))
    if (at(template, 'weight') !== undefined && !has(routing, 'smi', 'alb', 'istio', 'plugins'))
      yield {
        path: [...path, 'experiment', 'templates', String(number), 'weight'],
        message: `step ${index}: an experiment has weights only with SMI, ALB, Istio or a plugin as router.`,
      };
}

/** Which routers take which step. */
const ROUTE_STEPS: Readonly<Record<string, readonly string[]>> = {
  setHeaderRoute: ['istio', 'alb', 'apisix', 'plugins'],
  setMirrorRoute: ['istio', 'plugins'],
};

function* routeRefusals(step: unknown, index: number, path: readonly string[], routing: Fields | null): Iterable<Complaint> {
  for (const [kind, routers] of Object.entries(ROUTE_STEPS)) {
    const route = at(step, kind);
    if (route === undefined) continue;
    if (!has(routing, ...routers)) {
      yield { path: [...path, kind], message: `step ${index}: ${kind} works with ${routers.join(', ')} only.` };
      continue;
    }
    const name = textAt(route, 'name');
    if (!listAt(routing, 'managedRoutes').some((managed) => textAt(managed, 'name') === name))
      yield { path: [...path, kind, 'name'], message: `step ${index}: the route ${name ?? 'without a name'} is not in managedRoutes.` };
    for (const [number, match] of indexed(listAt(route, 'match'))) {
      const at_ = [...path, kind, 'match', String(number)];
      const matches =
        kind === 'setHeaderRoute' ? { headerValue: at(match, 'headerValue') } : { method: at(match, 'method'), path: at(match, 'path') };
      for (const [field, value] of Object.entries(matches)) {
        if (value === undefined ? field !== 'headerValue' : !isFields(value)) continue;
        const ways = ['exact', 'prefix', 'regex'].filter((way) => textAt(value, way) !== null);
        if (ways.length !== 1)
          yield { path: [...at_, field], message: `step ${index}: ${field} has ${ways.length} of exact, prefix and regex, expected one.` };
        else if (has(routing, 'alb') && kind === 'setHeaderRoute' && ways[0] !== 'exact')
          yield { path: [...at_, field], message: `step ${index}: ALB takes exact header values only.` };
      }
    }
  }
}

const has = (routing: Fields | null, ...routers: readonly string[]): boolean => routers.some((router) => isFields(routing?.[router]));
const isZero = (value: unknown): boolean => value === 0 || value === '0' || value === '0%';
