import type { KubeObject } from './api/object.ts';
import type { Fact } from './fate.ts';
import { overrideOf } from './flags.ts';
import type { People } from './people.ts';
import { isReplaced, jobsOf, PATHS, planConfigMap, planName } from './release/objects.ts';
import { drawPlan, FLAG, STABLE } from './release/plans.ts';
import { FOREIGN, movedTo } from './release/routes.ts';
import type { Simulation } from './simulation.ts';

const PERSON = 'kubectl-edit';

/** Lets one thing happen. */
export function happen(fact: Fact, sim: Simulation, people: People): void {
  const { server, gitops, workloads, time, random, draft } = sim;
  const { candidate } = draft.plan;
  const later = (seconds: number, act: () => void) => time.after(seconds * 1_000, act);
  sim.note(
    () =>
      `*** ${Object.values(fact)
        .filter((value) => typeof value !== 'number' || value !== 0)
        .join(', ')}`,
  );
  switch (fact.what) {
    case 'kill': {
      const living = sim.processes.filter(({ alive, code }) => alive && code === null);
      const victim = living[random.whole(0, Math.max(0, living.length - 1))];
      if (victim !== undefined) sim.kill(victim);
      return;
    }
    case 'gitops resets':
      gitops.reset();
      return;
    case 'gitops applies':
      gitops.apply();
      return;
    case 'gitops follows':
      sim.following = { writes: fact.writes, milliseconds: fact.milliseconds };
      return;
    case 'compaction':
      server.compact();
      return;
    case 'status edited':
      edit(sim, PATHS.status, (status) => ({
        ...status,
        data: { ...status.data, 'status.json': String(status.data['status.json']).replace(/"step":\d+/, '"step":99') },
      }));
      return;
    case 'status deleted':
      server.delete(PATHS.status);
      return;
    case 'job deleted':
      for (const { name } of jobsOf(draft)) server.delete(PATHS.job(name));
      return;
    case 'candidate deleted':
      server.delete(PATHS.deployment(candidate.deployment));
      return;
    case 'route edited':
      edit(sim, PATHS.route(draft), (route) => JSON.parse(JSON.stringify(route).replaceAll(STABLE, FOREIGN)));
      return;
    case 'route deleted':
      server.delete(PATHS.route(draft));
      later(random.between(5, 120), () => sim.draft === draft && gitops.reset());
      return;
    case 'person moves': {
      const now = sim.shares.users;
      const weight = { nothing: 0, half: Math.floor(now / 2), more: Math.min(100, now + 15), all: 100 }[fact.to];
      edit(sim, PATHS.route(draft), (route) => movedTo(route, { stable: STABLE, candidate: candidate.service }, weight));
      return;
    }
    case 'candidate crashes':
      workloads.crash(candidate.deployment);
      later(fact.seconds, () => workloads.recover(candidate.deployment));
      return;
    case 'node lost':
      workloads.loseNode(fact.role === 'stable' ? STABLE : candidate.deployment, random.whole(1, 3), fact.seconds);
      return;
    case 'metric fault':
      sim.metricFault = fact.fault;
      later(fact.seconds, () => {
        sim.metricFault = null;
        sim.disturb('metrics are back');
      });
      return;
    case 'metrics fail':
      sim.metricFault = 'refused';
      later(fact.seconds, () => {
        sim.metricFault = null;
        sim.disturb('metrics are back');
      });
      return;
    case 'api fails':
      sim.apiFails = true;
      later(fact.seconds, () => {
        sim.apiFails = false;
        sim.disturb('the API server is back', 15_000);
      });
      return;
    case 'clock jumps':
      for (const process of sim.processes) process.skew += fact.seconds * 1_000;
      return;
    case 'abort':
    case 'retry':
      people.say(fact.what);
      return;
    case 'pause':
      people.say('pause');
      later(fact.seconds, () => people.say('resume'));
      return;
    case 'approvals revoked':
      people.revoke();
      return;
    case 'candidate worsens':
      sim.worsened = true;
      return;
    case 'stable grows':
      edit(
        sim,
        PATHS.deployment(STABLE),
        (stable) => ({ ...stable, spec: { ...stable.spec, replicas: stable.spec.replicas + 1 } }),
        'kube-controller-manager',
      );
      return;
    case 'plan superseded':
      supersede(fact, sim);
      return;
    case 'plan landed again':
      gitops.prune(draft, 'plan');
      if (random.chance(0.5)) for (const process of sim.processes) sim.kill(process);
      later(random.between(1, 60), () => sim.draft === draft && gitops.apply());
      return;
    case 'flag by others':
      if (fact.how === 'on') server.delete(PATHS.flagsOff);
      else server.apply(PATHS.flagsOff, overrideOf(fact.how === 'off' ? FLAG : 'checkout'), PERSON);
      return;
    case 'remedy forbidden':
      people.say(`without-${fact.remedy}`);
      return;
    case 'route refused':
      sim.routeRefused = true;
      later(fact.seconds, () => {
        sim.routeRefused = false;
        sim.disturb('the route can be written again', 15_000);
      });
      return;
    case 'router mute':
      sim.router.mute = true;
      later(fact.seconds, () => {
        sim.router.mute = false;
      });
      return;
    case 'gitops every':
      for (let time = 0; time < fact.times; time++) later(fact.seconds * time, () => sim.draft === draft && !sim.quiet && gitops.reset());
      return;
    case 'weight left out':
      edit(sim, PATHS.route(draft), (route) => {
        const next = structuredClone(route);
        for (const rule of next.spec.http ?? []) for (const one of rule.route) if (one.weight === 0) delete one.weight;
        return next;
      });
      return;
    case 'plan dropped':
      gitops.prune(draft, 'plan');
      return;
    case 'plan replaced':
      replacePlan(fact.seconds, sim);
      return;
  }
}

/** What cannot be changed is taken away, and another one put there under its name. */
function replacePlan(seconds: number, { server, gitops, time, draft, draft: { hash, plan } }: Simulation): void {
  const path = PATHS.plan(hash);
  if (server.find(path) === undefined) return;
  server.delete(path, PERSON);
  server.apply(
    path,
    { ...planConfigMap(draft), data: planConfigMap({ ...draft, plan: { ...plan, attempt: plan.attempt + 7 } }).data },
    PERSON,
  );
  time.after(seconds * 1_000, () => {
    if (gitops.draft !== draft || !isReplaced(server.find(path), draft)) return;
    gitops.prune(draft, 'plan');
    gitops.apply();
  });
}

function edit(sim: Simulation, path: string, change: (object: KubeObject) => KubeObject, by = PERSON): void {
  if (sim.server.find(path) !== undefined) sim.server.edit(path, by, change);
}

/** Another attempt lands; its runner starts as the old one ends, or a little before. */
function supersede(fact: Extract<Fact, { what: 'plan superseded' }>, sim: Simulation): void {
  const { gitops, time, random, draft: old } = sim;
  const candidate = fact.candidate === 'same' ? old.plan.candidate.deployment : 'web-dddddddd';
  const next = drawPlan({ random: random.fork(), candidate, attempt: old.plan.attempt + 1, after: old.plan });
  if (next.hash === old.hash) return;
  const dropped = fact.candidate === 'same' ? 'plan' : 'plan and candidate';
  const land = () => {
    gitops.supersede(next);
    sim.follow(next);
    gitops.apply();
    time.after(random.between(0, 40_000), () => {
      for (const process of sim.processes) if (process.plan === planName(old.hash)) sim.kill(process);
    });
  };
  if (fact.prune === 'before') {
    gitops.prune(old, dropped);
    time.after(random.between(500, 8_000), land);
  } else {
    land();
    if (fact.prune === 'after') time.after(random.between(500, 8_000), () => gitops.prune(old, dropped));
  }
}
