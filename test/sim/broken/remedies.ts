// Runners that cheat with what a gate may have done once.
import type { Sabotage } from '../../../lib/sim/index.ts';
import { type BrokenRunner, isStatus, type Kube, seeing, sending, withStatus } from './between.ts';

export const REMEDIES: readonly BrokenRunner[] = [
  {
    does: 'counts what was measured before its remedy was in effect',
    breaks: ['S2'],
    sabotage: () => withRemedies((remedy) => (remedy.doneAt && remedy.readyAt === null ? { ...remedy, readyAt: remedy.doneAt } : remedy)),
  },
  {
    does: 'never waits for a remedy that it has asked for',
    breaks: ['S2', 'S4'],
    sabotage: () => {
      const begun = new Set<number>();
      return withRemedies((remedy) => {
        if (begun.has(remedy.at)) return { ...remedy, doneAt: remedy.at, readyAt: remedy.at };
        begun.add(remedy.at);
        return remedy;
      });
    },
  },
  {
    does: 'tries a remedy whenever its gate fails',
    breaks: ['S4', 'S6'],
    sabotage: () => withRemedies((remedy) => (remedy.readyAt === null ? remedy : null)),
  },
  {
    does: 'writes over what somebody else has switched off',
    breaks: ['S7'],
    sabotage: () => (senses, process) =>
      seeing(OVERRIDE, () => null)(
        sending((request, send) => {
          if (request.method !== 'PATCH' || !OVERRIDE.test(request.path)) return send(request);
          const { resourceVersion: _, ...metadata } = (request.body as Kube).metadata;
          return send({ ...request, body: { ...(request.body as Kube), metadata } });
        })(senses, process),
        process,
      ),
  },
  {
    does: 'gives requests back that were given up',
    breaks: ['S2'],
    sabotage: () =>
      onceShed((status) => {
        const { level } = status;
        const { weight, routes } = level.set;
        if (routes.shed !== 0 || weight === 0) return status;
        const pending = { from: level.set, generation: level.generation };
        return { ...status, pending, level: { ...level, held: null, since: null, set: { weight, routes: { ...routes, shed: weight } } } };
      }),
  },
  {
    does: 'takes it for a pass that requests are given up',
    breaks: ['S2'],
    sabotage: () => {
      const passed = new Set<string>();
      return onceShed((status) => {
        const gates = Object.entries<Kube>(status.gates).map(([key, gate]) => {
          if (passed.has(key) || gate.counters.pass > 0) return [key, gate];
          passed.add(key);
          return [key, { ...gate, passedAt: status.heartbeat, counters: { ...gate.counters, pass: 9, fail: 0 } }];
        });
        return { ...status, gates: Object.fromEntries(gates) };
      });
    },
  },
];

/** Writes another status once requests are given up. */
const onceShed = (change: (status: Kube) => Kube): Sabotage =>
  writing((status) => (status.remedies?.shed?.readyAt ? change(status) : status));

const writing = (changed: (status: Kube) => Kube): Sabotage =>
  sending((request, send) => send(isStatus(request) ? { ...request, body: withStatus(request.body, changed) } : request));

/** What switches a flag off. */
const OVERRIDE = /web-flags-off\b/;

/** Writes other remedies than were decided on; null: as if it was never tried. */
function withRemedies(change: (remedy: Kube) => Kube | null): Sabotage {
  const changed = (status: Kube): Kube => ({
    ...status,
    remedies: Object.fromEntries(
      Object.entries<Kube>(status.remedies).flatMap(([kind, remedy]) => {
        const other = kind === 'scaleUp' ? remedy : change(remedy);
        return other === null ? [] : [[kind, other]];
      }),
    ),
  });
  return writing(changed);
}
