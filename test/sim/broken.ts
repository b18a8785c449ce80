// Runners that are broken on purpose: each is the real one, and something stands between it and the world.
import type { HttpAnswer, HttpRequest } from '../../lib/gates/providers/index.ts';
import type { Counters } from '../../lib/gates/verdict.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import { type ApiAnswer, type ApiRequest, ownPart } from '../../lib/runner/index.ts';
import { judge, observe } from '../../lib/runner/parts/argo.ts';
import { unsigned } from '../../lib/runner/parts/signatures.ts';
import type { Sabotage, Shape } from '../../lib/sim/index.ts';
import { STABLE } from '../../lib/sim/release/plans.ts';

export interface BrokenRunner {
  readonly does: string;
  /** The invariant that breaks; one of them is enough. */
  readonly breaks: readonly string[];
  /** Plans among which it shows soon. @default all */
  readonly shape?: Shape;
  readonly sabotage: () => Sabotage;
}

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, as the API server gives them
type Kube = any;

const OK: ApiAnswer = { status: 200, body: {}, retryAfterMilliseconds: null };

/** Changes what the runner sees of objects of a kind and name, however it reads them; undefined: there is none. */
function seeing(concerns: RegExp, change: (object: Kube) => Kube): Sabotage {
  return (senses) => ({
    ...senses,
    connection: {
      ...senses.connection,
      exchange: async (request) => {
        const answer = await senses.connection.exchange(request);
        if (request.method !== 'GET' || !concerns.test(request.path)) return answer;
        if (request.path.includes('fieldSelector') && answer.status === 200) {
          const list = answer.body as Kube;
          const seen = change(list.items[0]);
          return { ...answer, body: { ...list, items: seen === undefined ? [] : [seen] } };
        }
        if (answer.status !== 200 && answer.status !== 404) return answer;
        const seen = change(answer.status === 200 ? answer.body : undefined);
        return seen === undefined ? answer : { ...OK, body: seen };
      },
      stream: (path, receive, signal) =>
        senses.connection.stream(
          path,
          (line) => {
            const { type, object } = line as Kube;
            if (!concerns.test(path) || type === 'BOOKMARK' || type === 'ERROR') return receive(line);
            const seen = change(type === 'DELETED' ? undefined : object);
            receive(seen === undefined ? line : { type: 'MODIFIED', object: seen });
          },
          signal,
        ),
    },
  });
}

/** Changes what reaches the API server; `send` sends, more than once or not at all. */
const sending =
  (how: (request: ApiRequest, send: (request: ApiRequest) => Promise<ApiAnswer>) => Promise<ApiAnswer>): Sabotage =>
  (senses) => ({
    ...senses,
    connection: { ...senses.connection, exchange: (request) => how(request, (sent) => senses.connection.exchange(sent)) },
  });

/** Changes what the runner hears from providers; `ask` asks. */
const hearing =
  (how: (request: HttpRequest, ask: () => Promise<HttpAnswer>) => Promise<HttpAnswer>): Sabotage =>
  (senses) => ({ ...senses, exchange: (request) => how(request, () => senses.exchange(request)) });

const isRoute = ({ method, path }: ApiRequest) => method === 'PATCH' && /\/(httproutes|virtualservices|services)\//.test(path);
const isStatus = ({ method, path }: ApiRequest) => method === 'PATCH' && path.includes('/configmaps/web-status?');
/** The weights that a patch gives the candidate: every second one, or all or nothing. */
const weights = ({ body }: ApiRequest): number[] => {
  const written = (body as Kube[]).filter(({ op }) => op !== 'test');
  const selected = written.find(({ path }) => path.startsWith('/spec/selector/'));
  if (selected !== undefined) return [selected.value === STABLE ? 0 : 100];
  return written.filter(({ path }) => path.endsWith('/weight')).flatMap(({ value }, index) => (index % 2 === 1 ? [value] : []));
};
const lowers = (request: ApiRequest) => isRoute(request) && weights(request).every((weight) => weight === 0);

/** What a provider answers that is well, in the form in which this question is answered. */
function wellAnswer({ url }: HttpRequest, value = '0.001'): HttpAnswer {
  const text = url.includes('/status')
    ? `{"errors":${value}}`
    : JSON.stringify({
        status: 'success',
        data: url.includes('scalar')
          ? { resultType: 'scalar', result: [1, value] }
          : { resultType: 'vector', result: [{ metric: {}, value: [1, value] }] },
      });
  return { kind: 'answer', status: 200, headers: { 'content-type': 'application/json' }, text };
}

const asksServed = ({ url }: HttpRequest) => url.includes('served_share');
const says = (answer: HttpAnswer) =>
  answer.kind === 'answer' && answer.status === 200 && answer.text.startsWith('{') && answer.text.endsWith('}');
const isEmpty = (answer: HttpAnswer) => answer.kind === 'answer' && answer.text.includes('"result":[]');
const isNaNs = (answer: HttpAnswer) => answer.kind === 'answer' && /"NaN"|:null/.test(answer.text);

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
/** The status with something else in it, and a digest that says that it was always so. */
function withStatus(object: Kube, change: (status: Kube) => Kube): Kube {
  const { digest: _, ...status } = JSON.parse(object.data['status.json']);
  const changed = change(status);
  const text = JSON.stringify({ ...changed, digest: shortHash(JSON.stringify(changed)) });
  return withData(object, { ...object.data, 'status.json': text });
}
/** Writes other remedies than were decided on; null: as if it was never tried. */
const withRemedies = (change: (remedy: Kube) => Kube | null): Sabotage =>
  sending((request, send) =>
    send(
      isStatus(request)
        ? {
            ...request,
            body: withStatus(request.body, (status) => ({
              ...status,
              remedies: Object.fromEntries(
                Object.entries<Kube>(status.remedies).flatMap(([kind, remedy]) => {
                  const changed = kind === 'scaleUp' ? remedy : change(remedy);
                  return changed === null ? [] : [[kind, changed]];
                }),
              ),
            })),
          }
        : request,
    ),
  );
/** Writes another status once requests are given up. */
const onceShed = (change: (status: Kube) => Kube): Sabotage =>
  sending((request, send) =>
    send(
      isStatus(request)
        ? { ...request, body: withStatus(request.body, (status) => (status.remedies?.shed?.readyAt ? change(status) : status)) }
        : request,
    ),
  );
const withData = (object: Kube, data: Kube) => ({ ...object, data });
/** Of the plan that the process walks: `web-plan-<hash>`. */
const hashOf = (plan: string) => plan.slice(-8);

export const BROKEN: readonly BrokenRunner[] = [
  {
    does: 'skips a gate',
    breaks: ['S2'],
    sabotage: () => hearing((request, ask) => (/gate_errors|\/status/.test(request.url) ? Promise.resolve(wellAnswer(request)) : ask())),
  },
  {
    does: 'counts no data as success',
    breaks: ['S2', 'S11'],
    sabotage: () =>
      hearing(async (request, ask) => ask().then((answer) => (isEmpty(answer) && !asksServed(request) ? wellAnswer(request) : answer))),
  },
  {
    does: 'counts NaN as success',
    breaks: ['S2', 'S11'],
    sabotage: () =>
      hearing(async (request, ask) => ask().then((answer) => (isNaNs(answer) && !asksServed(request) ? wellAnswer(request) : answer))),
  },
  {
    does: 'counts an error as success',
    breaks: ['S2', 'S11'],
    sabotage: () =>
      hearing(async (request, ask) => ask().then((answer) => (says(answer) || asksServed(request) ? answer : wellAnswer(request)))),
  },
  {
    does: 'gives up in seconds when the metrics are away',
    breaks: ['S4', 'S11'],
    sabotage: () =>
      hearing(async (request, ask) => ask().then((answer) => (says(answer) || asksServed(request) ? answer : wellAnswer(request, '0.9')))),
  },
  {
    does: 'takes a failure for a pass',
    breaks: ['S2', 'S4'],
    sabotage: () =>
      hearing(async (request, ask) =>
        ask().then((answer) => (says(answer) && !isEmpty(answer) && !asksServed(request) ? wellAnswer(request) : answer)),
      ),
  },
  {
    does: 'believes that the proxies serve what the route says',
    breaks: ['S2'],
    sabotage: () => {
      let weight = 0;
      return (senses, process) =>
        hearing((request, ask) => (asksServed(request) ? Promise.resolve(wellAnswer(request, String(weight))) : ask()))(
          sending((request, send) => {
            if (isRoute(request)) weight = Math.max(...weights(request));
            return send(request);
          })(senses, process),
          process,
        );
    },
  },
  {
    does: 'takes a Job for passed',
    breaks: ['S2'],
    sabotage: () => seeing(/\/jobs/, (job) => job && { ...job, status: { conditions: [{ type: 'Complete', status: 'True' }] } }),
  },
  {
    does: 'takes pods that were asked for for pods that are there',
    breaks: ['S2', 'S4'],
    sabotage: () =>
      seeing(
        /\/deployments/,
        (object) =>
          object && {
            ...object,
            status: { ...object.status, observedGeneration: object.metadata.generation, availableReplicas: object.spec.replicas ?? 1 },
          },
      ),
  },
  {
    does: 'believes every signature',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () => using('signatures', { unsigned: () => null }),
  },
  {
    does: 'takes a signature for that of whoever is named beside it',
    breaks: ['S3'],
    shape: 'high risk',
    sabotage: () =>
      using('signatures', {
        unsigned: (one: Kube, plan: Kube, at: number) =>
          unsigned(one, plan, at)?.startsWith('its key is that of') ? null : unsigned(one, plan, at),
      }),
  },
  {
    does: 'writes without preconditions',
    breaks: ['S5'],
    sabotage: () =>
      sending((request, send) =>
        send(
          isRoute(request)
            ? { ...request, body: (request.body as Kube[]).filter(({ op, path }) => op !== 'test' && !path.startsWith('/metadata')) }
            : request,
        ),
      ),
  },
  {
    does: 'raises further than the plan says',
    breaks: ['S2', 'S3'],
    sabotage: () =>
      sending((request, send) => {
        if (!isRoute(request) || lowers(request)) return send(request);
        const body = (request.body as Kube[]).map((operation) =>
          operation.op !== 'test' && operation.path.endsWith('/weight')
            ? { ...operation, value: operation.path.includes('/1/weight') ? 100 : 0 }
            : operation,
        );
        return send({ ...request, body });
      }),
  },
  {
    does: 'never takes traffic back',
    breaks: ['S4'],
    sabotage: () => sending((request, send) => (lowers(request) ? Promise.resolve(OK) : send(request))),
  },
  {
    does: 'takes the pods of a candidate together with its traffic',
    breaks: ['S10'],
    sabotage: () =>
      sending(async (request, send) => {
        const answer = await send(request);
        if (lowers(request) && answer.status === 200)
          for (const candidate of ['web-cccccccc', 'web-dddddddd'])
            await send({
              method: 'PATCH',
              path: `/apis/apps/v1/namespaces/shop/deployments/${candidate}/scale?fieldManager=tidegate-runner`,
              contentType: 'application/merge-patch+json',
              body: { spec: { replicas: 0 } },
            });
        return answer;
      }),
  },
  {
    does: 'scales stable down when it switches',
    breaks: ['S7'],
    sabotage: () =>
      sending(async (request, send) => {
        const answer = await send(request);
        if (isRoute(request) && weights(request).includes(100) && answer.status === 200)
          await send({
            method: 'PATCH',
            path: '/apis/apps/v1/namespaces/shop/deployments/web-aaaaaaaa/scale?fieldManager=tidegate-runner',
            contentType: 'application/merge-patch+json',
            body: { spec: { replicas: 0 } },
          });
        return answer;
      }),
  },
  {
    does: 'writes the route before it writes down that it may',
    breaks: ['S2', 'S4', 'S6'],
    sabotage: () => {
      let held: ApiRequest | null = null;
      return sending(async (request, send) => {
        if (isStatus(request) && request.contentType === 'application/merge-patch+json' && held === null) {
          held = request;
          return OK;
        }
        const answer = await send(request);
        if (held !== null && (isRoute(request) || isStatus(request) || request.path.includes('web-status'))) {
          const late = held;
          held = null;
          await send(late);
        }
        return answer;
      });
    },
  },
  {
    does: 'trusts its memory instead of what is written',
    breaks: ['S2', 'S3', 'S6'],
    sabotage: () => {
      const memory = new Map<string, Kube>();
      return (senses, process) => {
        const remember = sending((request, send) => {
          if (!isStatus(request)) return send(request);
          const { data } = request.body as Kube;
          memory.set(process.plan, { ...memory.get(process.plan), ...data });
          if (request.contentType !== 'application/merge-patch+json') return send(request);
          return send({ ...request, body: { data } }).then(() => OK);
        });
        const recall = seeing(/web-status/, (status) =>
          status !== undefined && memory.has(process.plan) ? withData(status, memory.get(process.plan)) : status,
        );
        return recall(remember(senses, process), process);
      };
    },
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
    does: 'accepts an approval of another plan',
    shape: 'canary',
    breaks: ['S3'],
    sabotage: () => (senses, process) =>
      seeing(
        ORDERS,
        (object) =>
          object &&
          withData(
            object,
            onEntries(object.data, (entry) => ({ ...entry, plan: hashOf(process.plan) })),
          ),
      )(senses, process),
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
        const orders = seeing(
          ORDERS,
          (object) =>
            object &&
            withData(
              object,
              onEntries(object.data, (entry) => ({ ...entry, approval: name })),
            ),
        );
        return orders(plan(senses, process), process);
      };
    },
  },
  {
    does: 'counts one person twice',
    shape: 'high risk',
    breaks: ['S3'],
    sabotage: () =>
      seeing(
        ORDERS,
        (object) =>
          object &&
          withData(
            object,
            onEntries(object.data, (entry, key) => ({ ...entry, by: key })),
          ),
      ),
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
    does: 'switches a Service without a look at the candidate that it names',
    breaks: ['S5'],
    shape: 'blue-green',
    sabotage: () =>
      sending((request, send) =>
        send(
          isRoute(request)
            ? { ...request, body: (request.body as Kube[]).filter(({ path }) => !path.startsWith('/metadata/annotations/')) }
            : request,
        ),
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
    does: 'goes on when its plan is gone',
    breaks: ['superseded'],
    sabotage: () => {
      const memory = new Map<string, Kube>();
      return seeing(/web-plan-/, (object) => {
        if (object !== undefined) memory.set(object.metadata.name, object);
        return object ?? [...memory.values()].at(-1);
      });
    },
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
  {
    does: 'has a clock that runs too fast',
    breaks: ['S2'],
    sabotage: () => (senses) => {
      const began = senses.clock.now();
      return { ...senses, clock: { ...senses.clock, now: () => began + 3 * (senses.clock.now() - began) } };
    },
  },
  {
    does: 'forgets what failed when it restarts',
    breaks: ['S11'],
    sabotage: () => {
      const started = new Set<number>();
      return (senses, process) =>
        seeing(/web-status/, (object) => {
          if (object === undefined || started.has(process.number)) return object;
          started.add(process.number);
          return withStatus(object, (status) => ({
            ...status,
            gates: Object.fromEntries(
              Object.entries<Kube>(status.gates).map(([key, gate]) => [key, { ...gate, counters: { ...gate.counters, fail: 0 } }]),
            ),
          }));
        })(senses, process);
    },
  },
  {
    does: 'counts what was measured before its remedy was in effect',
    breaks: ['S2'],
    sabotage: () => withRemedies((remedy) => (remedy.doneAt && remedy.readyAt === null ? { ...remedy, readyAt: remedy.doneAt } : remedy)),
  },
  {
    does: 'never waits for a remedy, and never has it done',
    breaks: ['S2', 'S4'],
    sabotage: () => withRemedies((remedy) => ({ ...remedy, doneAt: remedy.at, readyAt: remedy.at })),
  },
  {
    does: 'tries a remedy whenever its gate fails',
    breaks: ['S4', 'S6'],
    sabotage: () => withRemedies((remedy) => (remedy.readyAt === null ? remedy : null)),
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
  {
    does: 'makes up evidence',
    breaks: ['S11'],
    sabotage: () =>
      sending((request, send) =>
        send(
          isStatus(request)
            ? {
                ...request,
                body: withStatus(request.body, (status) => ({
                  ...status,
                  gates: Object.fromEntries(
                    Object.entries<Kube>(status.gates).map(([key, gate]) => [
                      key,
                      {
                        ...gate,
                        counters: {
                          ...gate.counters,
                          samples: gate.counters.samples.map((sample: Kube) => ({ ...sample, outcome: 'pass' })),
                        },
                      },
                    ]),
                  ),
                })),
              }
            : request,
        ),
      ),
  },
  {
    does: 'never fails a metric of an AnalysisTemplate',
    breaks: ['S2', 'S4'],
    sabotage: () =>
      judging(({ observe, ...argo }) => ({ ...argo, observe: (gate, before, measured) => forgiven(observe(gate, before, measured)) })),
  },
  {
    does: 'takes what says nothing for a success of a metric of an AnalysisTemplate',
    breaks: ['S2', 'S11'],
    sabotage: () =>
      judging(({ judge, ...argo }) => ({
        ...argo,
        judge: (gate, answer) => {
          const judged = judge(gate, answer);
          return /no-data|error/.test(judged.outcome) ? { ...judged, outcome: 'pass' } : judged;
        },
      })),
  },
  {
    does: 'begins the run of an AnalysisTemplate anew with each measurement',
    breaks: ['S2', 'S4', 'S11'],
    sabotage: () =>
      judging(({ observe, ...argo }) => ({
        ...argo,
        observe: (gate, { argo: _, ...before }, measured) =>
          observe({ ...gate, argo: { ...gate.argo, count: 1, failureLimit: 1 } as never }, before, measured),
      })),
  },
  {
    does: 'waits for no other release',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => otherIn('Promoted', object)),
  },
  {
    does: 'takes a release that has no status for promoted',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => object ?? otherIn('Promoted', object)),
  },
  {
    does: 'takes a release that was aborted for promoted',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => (isIn(object, '"phase":"Aborted"') ? otherIn('Promoted', object) : object)),
  },
  {
    does: 'believes what somebody wrote into the status of another release',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => (isIn(object, 'Promoted') ? otherIn('Promoted', object) : object)),
  },
  {
    does: 'takes an earlier attempt of another release for the one that it waits for',
    breaks: ['order'],
    sabotage: () =>
      seeing(OTHERS, (object) => {
        const { phase, digest, ...status } = JSON.parse(object?.data['status.json'] ?? '{}');
        return digest === shortHash(JSON.stringify({ phase, ...status })) ? otherIn(phase, object) : object;
      }),
  },
];

/** Changes how metrics of AnalysisTemplates are judged. */
const judging = (how: (argo: Argo) => Argo): Sabotage => using('argo', how({ judge, observe }));

/** Puts another module in the place of one part. */
function using(part: string, module: object): Sabotage {
  return (senses) => ({ ...senses, part: async (name) => (name === part ? module : ownPart(name)) });
}

interface Argo {
  readonly judge: typeof judge;
  readonly observe: typeof observe;
}

const forgiven = (counters: Counters): Counters =>
  counters.argo?.verdict === 'fail' ? { ...counters, argo: { ...counters.argo, verdict: 'pass' } } : counters;

/** Statuses of releases that come first, as the runner reads them. */
const OTHERS = /(pay|cart|mail)-status\b/;
/** Another release, of whatever attempt, in this phase. */
function otherIn(phase: string, object: Kube): Kube {
  const text = JSON.stringify({ phase, heartbeat: 0, level: { set: { weight: 0 } }, attempt: 99 });
  const data = { 'status.json': `${text.slice(0, -1)},"digest":"${shortHash(text)}"}` };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', resourceVersion: '1' }, ...object, data };
}
const isIn = (object: Kube, text: string): boolean => String(object?.data?.['status.json']).includes(text);

/** The GitOps tool of the simulation that manages the same object. */
function gitopsOf(object: Kube): string {
  return JSON.stringify(object).includes('argocd-controller') ? 'argocd-controller' : 'kustomize-controller';
}
