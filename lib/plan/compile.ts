import { gateArguments, substitute, substituteServed } from '../gates/arguments.ts';
import type { Image } from '../intent/image.ts';
import { formatImage } from '../intent/image.ts';
import type { ResolvedGateIntent, ResolvedHttpCheck, ResolvedIntent, ResolvedSmoke, ResolvedStrategyStep } from '../intent/resolved.ts';
import { SHED } from './exposure.ts';
import { contentHash } from './hash.ts';
import type { Plan, PlanGate, PlanRevision, Queue, RouteInstructions, Signing, SmokeSpec, Step } from './plan.ts';
import { remediesOf, usesOf } from './uses.ts';

/** Everything that a plan follows from. */
export interface PlanInput {
  /** Its migrations are those that this attempt runs. */
  readonly intent: ResolvedIntent;
  readonly target: string;
  readonly attempt: number;
  readonly stable: PlanRevision;
  readonly candidate: PlanRevision;
  readonly route: RouteInstructions;
  /** Who waived the approvals, as a reader should see it; null: nobody. Never honoured where risk is high. */
  readonly waivedBy: string | null;
  readonly gitopsManagers: readonly string[];
  /** Who may sign approvals; null: they are not signed. @default null */
  readonly signing?: Signing | null;
  /** Which other releases come first. @default none */
  readonly queue?: Queue | undefined;
}

/**
 * Orders the steps of one attempt: migrations, the candidate at full capacity and its smoke tests before any user, then the
 * strategy's steps, capacity again before the half is passed, and gates that go on after the switch.
 */
export function compilePlan(input: PlanInput): Plan {
  const { intent } = input;
  const waived = intent.risk === 'high' ? null : input.waivedBy;
  const steps = compileSteps(input, waived !== null);
  const { queue } = input;
  const remedies = remediesOf(intent);
  const required = steps.flatMap((step) => (step.kind === 'approval' ? [step.name] : []));
  // Where nobody is asked, nobody need sign.
  const signing = required.length > 0 ? (input.signing ?? null) : null;
  const uses = usesOf(intent, { signed: signing !== null, queue });
  return {
    version: 1,
    release: intent.release,
    namespace: intent.namespace,
    target: input.target,
    engine: intent.engine,
    attempt: input.attempt,
    risk: intent.risk,
    stable: input.stable,
    candidate: input.candidate,
    route: input.route,
    steps,
    deadlineSeconds: intent.deadlines.releaseSeconds,
    scaleDownDelaySeconds: intent.deadlines.scaleDownDelaySeconds,
    approvals: { required, waived },
    ...(signing ? { signing } : {}),
    expected: intent.traffic.expected,
    gitopsManagers: input.gitopsManagers,
    ...(uses.length > 0 ? { uses } : {}),
    ...(queue ? { queue } : {}),
    ...(intent.traffic.served ? { served: substituteServed(intent.traffic.served, argumentsOf(input)) } : {}),
    ...(remedies ? { remedies } : {}),
  };
}

/** The 8 hex digits by which a plan is named in objects, approvals and the lock. */
export const planHash = (plan: Plan): string => contentHash(plan).slice(0, 8);

function compileSteps(input: PlanInput, approvalsWaived: boolean): Step[] {
  const { intent } = input;
  const { readySeconds, stepSeconds } = intent.deadlines;
  const replicas = intent.scale.kind === 'fixed' ? intent.scale.replicas : intent.scale.min;
  const steps: Step[] = [
    // First, so that where one fails the plan says so, and not that the candidate never became ready.
    ...(intent.migrations ?? []).map(
      (migration): Step => ({
        kind: 'smoke',
        exposure: 0,
        deadlineSeconds: migration.deadlineSeconds,
        name: migration.name,
        test: { migration },
      }),
    ),
    { kind: 'scale', exposure: 0, deadlineSeconds: readySeconds, replicas },
    ...intent.smoke.map(
      (smoke): Step => ({
        kind: 'smoke',
        exposure: 0,
        deadlineSeconds: readySeconds + smoke.deadlineSeconds,
        name: smoke.name,
        test: compileSmoke(smoke, input),
      }),
    ),
  ];
  let exposure = 0;
  let mirror: { readonly name: string; readonly percent: number } | null = null;
  let lastGates: readonly PlanGate[] = [];
  let last: Extract<Step, { kind: 'analysis' }> | null = null;
  const shed = remediesOf(intent)?.shed;
  for (const step of intent.strategy.steps) {
    if ('weight' in step) {
      if (step.weight > 50 && exposure <= 50) steps.push({ kind: 'scale', exposure, deadlineSeconds: readySeconds, replicas });
      // a copy beside its own request proves nothing, and costs the candidate twice
      if (step.weight === 100 && mirror !== null && mirror.percent > 0)
        steps.push({ kind: 'setMirrorRoute', exposure, deadlineSeconds: stepSeconds, name: mirror.name, percent: 0 });
      if (step.weight === 100 && shed && last !== null) {
        // What may be given up comes first and is judged, so that the switch gives back nothing that nobody has judged.
        steps.push({ kind: 'setHeaderRoute', exposure, deadlineSeconds: stepSeconds, name: SHED, headers: shed.headers });
        steps.push({ ...last, gates: last.gates.map(shedsNothing) });
      }
      exposure = step.weight;
      steps.push(
        exposure === 100
          ? { kind: 'switch', exposure, deadlineSeconds: stepSeconds }
          : { kind: 'setWeight', exposure, deadlineSeconds: stepSeconds, weight: exposure },
      );
    } else if ('approval' in step) {
      if (!approvalsWaived) {
        const { name, reason, count, deadlineSeconds } = step.approval;
        steps.push({ kind: 'approval', exposure, deadlineSeconds, name, reason, count });
      }
    } else if ('headerRoute' in step) {
      steps.push({ kind: 'setHeaderRoute', exposure, deadlineSeconds: stepSeconds, ...step.headerRoute });
    } else if ('mirror' in step) {
      mirror = step.mirror;
      steps.push({ kind: 'setMirrorRoute', exposure, deadlineSeconds: stepSeconds, ...step.mirror });
    } else if ('pauseSeconds' in step) {
      steps.push({ kind: 'pause', exposure, deadlineSeconds: step.pauseSeconds + stepSeconds, durationSeconds: step.pauseSeconds });
    } else {
      const analysis = compileAnalysis(step, exposure, input);
      last = exposure < 100 ? analysis : { ...analysis, gates: analysis.gates.map(shedsNothing) };
      lastGates = last.gates;
      steps.push(last);
    }
  }
  steps.push({ kind: 'bake', exposure, deadlineSeconds: 0, gates: lastGates.filter(needsNoStable).map(shedsNothing) });
  return steps;
}

/** Gates measure for as long as the level is watched: more often than their count where the watch is longer. */
function compileAnalysis(
  { analysis }: Extract<ResolvedStrategyStep, { analysis: unknown }>,
  exposure: number,
  input: PlanInput,
): Extract<Step, { kind: 'analysis' }> {
  const gates = analysis.gates.map((gate) => substitute(watchedFor(gate, analysis.watchSeconds), argumentsOf(input)));
  const durationSeconds = Math.max(analysis.watchSeconds, ...gates.map(gateSeconds));
  return { kind: 'analysis', exposure, deadlineSeconds: durationSeconds + input.intent.deadlines.stepSeconds, durationSeconds, gates };
}

/** Where nothing may be given up any more. */
const shedsNothing = (gate: PlanGate): PlanGate => (gate.onFailure === 'shed' ? { ...gate, onFailure: 'abort' } : gate);

/** Once all traffic is the candidate's, there is nothing to compare it with. */
const needsNoStable = ({ scope }: PlanGate): boolean => scope !== 'comparison';

function watchedFor(gate: ResolvedGateIntent, watchSeconds: number): ResolvedGateIntent {
  // What Argo Rollouts ends after its count begins anew for as long as it is watched.
  if (gate.argo && gate.argo.count !== null) return gate;
  if ('job' in gate.provider) return gate; // each run is a Job of its own, rendered beforehand
  const fitting = 1 + Math.ceil((watchSeconds - gate.initialDelaySeconds) / gate.intervalSeconds);
  return { ...gate, count: Math.max(gate.count, fitting) };
}

/** From entering a level to a gate's last measurement. */
export function gateSeconds(gate: PlanGate): number {
  return gate.initialDelaySeconds + gate.intervalSeconds * (gate.count - 1);
}

/** The values of `{{args.x}}` that every gate of this attempt has. */
export function argumentsOf({ intent, stable, candidate }: PlanInput): Readonly<Record<string, string>> {
  return gateArguments({ release: intent.release, namespace: intent.namespace, stable, candidate });
}

function compileSmoke({ test }: ResolvedSmoke, { intent, candidate }: PlanInput): SmokeSpec {
  if ('container' in test) return { container: test.container };
  const { port } = intent.traffic;
  const checks = test.http.map((check) => substituteCheck(check, intent.workload.image, candidate.revision));
  return { http: { url: `http://${candidate.service}.${intent.namespace}.svc.cluster.local:${port.service}`, checks } };
}

function substituteCheck(check: ResolvedHttpCheck, image: Image, revision: string): ResolvedHttpCheck {
  const values: Readonly<Record<string, string>> = { version: image.tag ?? formatImage(image), digest: image.digest, revision };
  const fill = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
  const json = Object.fromEntries(Object.entries(check.json).map(([key, value]) => [key, typeof value === 'string' ? fill(value) : value]));
  return { ...check, json, contains: check.contains === null ? null : fill(check.contains) };
}
