import type { ApiRequest } from '../runner/index.ts';
import { type Change, respecified } from './api/server.ts';
import type { Delivery } from './metrics.ts';
import type { Process } from './process.ts';
import { PATHS } from './release/objects.ts';
import { type Shares, sharesOf } from './release/routes.ts';
import type { Simulation, Witness } from './simulation.ts';

/** What happened in a simulation, line by line, for people who look for the reason. */
export class Timeline implements Witness {
  readonly lines: string[] = [];
  private sim: Simulation | null = null;

  began(sim: Simulation): void {
    this.sim = sim;
    const { seed, happenings, candidate, people, faultRate, runners, draft } = sim.fate;
    this.line(
      `seed ${seed}: plan ${draft.hash} on ${draft.plan.route.kind}, risk ${draft.plan.risk}, waived by ${draft.plan.approvals.waived}`,
    );
    for (const [index, step] of draft.plan.steps.entries()) this.line(`step ${index}: ${JSON.stringify(step, short)}`);
    this.line(`candidate ${JSON.stringify(candidate)}, people ${JSON.stringify(people)}`);
    this.line(`${runners} runners, ${(faultRate * 100).toFixed(0)} % of requests fail, and ${happenings.length} things happen`);
  }

  noted(text: string): void {
    this.line(text);
  }

  disturbed(what: string): void {
    this.line(`~~~ ${what}`);
  }

  served(shares: Shares): void {
    this.line(`the proxies serve the candidate ${show(shares)}`);
  }

  delivered({ process, gate, truth }: Delivery): void {
    this.line(`runner ${process?.number} hears of gate ${gate}: ${truth ?? 'nothing'}`);
  }

  changed({ path, type, object, before, by }: Change): void {
    const { sim } = this;
    if (sim === null || path === PATHS.status) return;
    const name = `${object.kind} ${object.metadata.name}`;
    if (path === PATHS.route(sim.draft) && type === 'MODIFIED') {
      const { service } = sim.draft.plan.candidate;
      const [had, has] = [sharesOf(before, service), sharesOf(object, service)];
      if (respecified({ object, before })) this.line(`${by} sets the route from ${show(had)} to ${show(has)}`);
    } else if (object.kind === 'Deployment' && type === 'MODIFIED') {
      const pods = (of: typeof before) => `${of?.status?.availableReplicas ?? 0} of ${of?.spec.replicas ?? 1} pods`;
      if (pods(before) !== pods(object)) this.line(`${name}: ${pods(object)} (${by})`);
    } else if (object.kind === 'Job' && type === 'MODIFIED') this.line(`${name}: ${JSON.stringify(object.status)}`);
    else this.line(`${by}: ${type} ${name}`);
  }

  answered({ method, path }: ApiRequest, process: Process, status: number): void {
    if (method === 'PATCH' || status >= 400)
      this.line(`runner ${process.number}: ${method} ${path.replace(/^.*namespaces\/shop\//, '').replace(/\?.*$/, '')} -> ${status}`);
  }

  private line(text: string): void {
    this.lines.push(`${(this.sim?.seconds ?? 0).toFixed(2).padStart(9)}s  ${text}`);
  }
}

const show = ({ users, header, mirror }: Shares): string =>
  `${users} %${header > 0 ? `, header ${header} %` : ''}${mirror > 0 ? `, copies ${mirror} %` : ''}`;

/** Without what every gate of one name has anyway. */
const short = (key: string, value: unknown): unknown =>
  ['provider', 'description', 'successCondition', 'failureCondition', 'test', 'scope'].includes(key) ? undefined : value;
