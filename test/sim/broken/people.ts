// Runners that do not heed what people say, or who says it.
import * as signatures from '../../../lib/runner/parts/signatures.ts';
import type { Sabotage } from '../../../lib/sim/index.ts';
import { type BrokenRunner, type Kube, seeing, using, withData } from './between.ts';

export const PEOPLE: readonly BrokenRunner[] = [
  {
    does: 'believes every signature',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () => using('signatures', { ...signatures, unsigned: () => null, unproven: () => null }),
  },
  {
    does: 'takes a signature for that of whoever is named beside it',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () => forgiving(/^its key is that of/),
  },
  {
    does: 'ignores an order to abort',
    breaks: ['S4'],
    sabotage: () =>
      seeing(/web-operator/, (object) => {
        if (object === undefined) return undefined;
        const { abort: _, ...data } = object.data ?? {};
        return withData(object, data);
      }),
  },
  {
    does: 'takes whatever key somebody has',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () => forgiving(/may not sign for this plan$/),
  },
  {
    does: 'takes a signature of other words',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () => forgiving(/of another text/),
  },
  {
    does: 'believes approvals that a status claims',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () => using('signatures', { ...signatures, unproven: () => null }),
  },
  {
    does: 'believes approvals that a status claims, however old they are',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () =>
      using('signatures', {
        ...signatures,
        unproven: ({ approvals, ...status }: Kube, plan: Kube) => {
          const inTime = approvals.map((one: Kube) => ({ ...one, takenAt: Date.parse(one.at) }));
          return signatures.unproven({ ...status, approvals: inTime, begunAt: 0 }, plan, undefined);
        },
      }),
  },
  {
    does: 'takes a signature again that stands under another key',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () => (senses, process) => {
      const keyed = hearingWords((entry, key) => ({ ...entry, reason: `${entry.reason} by ${key}` }));
      const asSigned = (one: Kube) => ({ ...one, reason: one.reason.replace(/ by approval\..*$/s, '') });
      const forgetful = using('signatures', {
        ...signatures,
        unsigned: (one: Kube, plan: Kube, at: number) => signatures.unsigned(asSigned(one), plan, at),
        unproven: ({ approvals, ...status }: Kube, plan: Kube) =>
          signatures.unproven({ ...status, approvals: approvals.map(asSigned), begunAt: 0 }, plan, undefined),
      });
      return forgetful(keyed(senses, process), process);
    },
  },
  {
    does: 'accepts an approval of another plan',
    shape: 'canary',
    breaks: ['S3'],
    sabotage: () => (senses, process) => hearingWords((entry) => ({ ...entry, plan: hashOf(process.plan) }))(senses, process),
  },
  {
    does: 'accepts an approval of another step',
    breaks: ['S3'],
    sabotage: () => {
      let name = '';
      return (senses, process) => {
        const plan = seeing(/web-plan-/, (object) => {
          const steps: Kube[] = object === undefined ? [] : JSON.parse(object.data['plan.json']).steps;
          name = steps.find(({ kind }) => kind === 'approval')?.name ?? '';
          return object;
        });
        const orders = hearingWords((entry) => ({ ...entry, approval: name }));
        return orders(plan(senses, process), process);
      };
    },
  },
  {
    does: 'counts one person twice',
    shape: 'high risk',
    breaks: ['S3'],
    sabotage: () => hearingWords((entry, key) => ({ ...entry, by: key })),
  },
  {
    does: 'accepts approvals from the cluster at high risk',
    shape: 'high risk',
    breaks: ['S3'],
    sabotage: () => {
      let operator: Kube = {};
      return (senses, process) => {
        const see = seeing(/web-operator/, (object) => {
          operator = onEntries(object?.data, (entry) => entry);
          return object;
        });
        const mix = seeing(/web-approvals/, (object) => {
          const approvals = Object.entries(operator).filter(([key]) => key.startsWith('approval.'));
          if (object === undefined && approvals.length === 0) return undefined;
          const made = object ?? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-approvals', resourceVersion: '1' } };
          return withData(made, { ...made.data, ...Object.fromEntries(approvals) });
        });
        return mix(see(senses, process), process);
      };
    },
  },
  {
    does: 'keeps an approval that was taken back',
    shape: 'high risk',
    breaks: ['S3'],
    sabotage: () => {
      const kept: Record<string, Kube> = {};
      return seeing(/web-approvals/, (object) => {
        Object.assign(kept, object?.data);
        return object === undefined ? undefined : withData(object, { ...kept });
      });
    },
  },
  {
    does: 'takes approvals that came before the release waited for them',
    shape: 'high risk',
    breaks: ['S3'],
    sabotage: () => {
      let [steps, waits] = [[] as Kube[], false];
      return (senses, process) => {
        const plan = seeing(/web-plan-/, (object) => {
          if (object !== undefined) steps = JSON.parse(object.data['plan.json']).steps;
          return object;
        });
        const status = seeing(/web-status/, (object) => {
          waits = steps[Number(object?.data?.step)]?.kind === 'approval';
          return object;
        });
        const orders = seeing(ORDERS, (object) => {
          if (object === undefined || waits) return object;
          const others = Object.entries(object.data ?? {}).filter(([key]) => !key.startsWith('approval.'));
          return withData(object, Object.fromEntries(others));
        });
        return orders(status(plan(senses, process), process), process);
      };
    },
  },
  {
    does: 'uses an approval again in the next attempt',
    shape: 'high risk',
    breaks: ['S3'],
    sabotage: () => {
      let salt = '';
      return (senses, process) => {
        const plan = seeing(/web-plan-/, (object) => {
          salt = object?.metadata.uid ?? salt;
          return object;
        });
        const orders = seeing(ORDERS, (object) => {
          if (object === undefined) return undefined;
          const again = `${salt} ${object.data?.retry ?? ''}`;
          return withData(
            object,
            onEntries(object.data, (entry) => ({ ...entry, reason: again })),
          );
        });
        return orders(plan(senses, process), process);
      };
    },
  },
  {
    does: 'undoes what a person did to the route',
    breaks: ['S13'],
    sabotage: () =>
      seeing(
        /\/(httproutes|virtualservices|services)/,
        (object) => object && JSON.parse(JSON.stringify(object).replaceAll('kubectl-edit', gitopsOf(object))),
      ),
  },
  {
    does: 'takes whoever switched a Service back for the GitOps tool',
    breaks: ['S13'],
    shape: 'blue-green',
    sabotage: () =>
      seeing(/\/services/, (object) => object && JSON.parse(JSON.stringify(object).replaceAll('kubectl-edit', gitopsOf(object)))),
  },
  {
    does: 'decides on old reads',
    breaks: ['S3', 'S4'],
    sabotage: () => (senses, process) => {
      const seen: { at: number; object: Kube }[] = [];
      return seeing(ORDERS, (object) => {
        const now = senses.clock.now();
        seen.push({ at: now, object });
        return (seen.find(({ at }) => at > now - 90_000) ?? { object }).object;
      })(senses, process);
    },
  },
];

/** Takes signatures of which this is said for good ones. */
const forgiving = (forgiven: RegExp) =>
  using('signatures', {
    ...signatures,
    unsigned: (one: Kube, plan: Kube, at: number, since: number) => {
      const why = signatures.unsigned(one, plan, at, since);
      return why !== null && forgiven.test(why) ? null : why;
    },
  });

const onEntries = (data: Kube, change: (entry: Kube, key: string) => Kube | undefined): Kube => {
  const entries = Object.entries(data ?? {}).flatMap(([key, text]) => {
    if (!key.startsWith('approval.')) return [[key, text]];
    let entry: Kube;
    try {
      entry = JSON.parse(String(text));
    } catch {
      return [[key, text]];
    }
    const changed = change(entry, key);
    return changed === undefined ? [] : [[key, JSON.stringify(changed)]];
  });
  return Object.fromEntries(entries);
};
const ORDERS = /web-(approvals|operator)\b/;
/** Of the plan that the process walks: `web-plan-<hash>`. */
const hashOf = (plan: string) => plan.slice(-8);
/** The GitOps tool of the simulation that manages the same object. */
function gitopsOf(object: Kube): string {
  return JSON.stringify(object).includes('argocd-controller') ? 'argocd-controller' : 'kustomize-controller';
}

/** Changes what was approved, as the runner reads it; undefined: that approval is not there. */
function hearingWords(change: (entry: Kube, key: string) => Kube | undefined): Sabotage {
  return seeing(ORDERS, (object) => object && withData(object, onEntries(object.data, change)));
}
