// Runners that take what is measured for something else.
import type { HttpAnswer, HttpRequest } from '../../../lib/gates/providers/index.ts';
import type { Counters } from '../../../lib/gates/verdict.ts';
import { judge, observe } from '../../../lib/runner/parts/argo.ts';
import type { Sabotage } from '../../../lib/sim/index.ts';
import { type BrokenRunner, hearing, isRoute, isStatus, type Kube, seeing, sending, using, weights, withStatus } from './between.ts';

export const MEASURING: readonly BrokenRunner[] = [
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
];

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

/** Changes how metrics of AnalysisTemplates are judged. */
const judging = (how: (argo: Argo) => Argo): Sabotage => using('argo', how({ judge, observe }));

interface Argo {
  readonly judge: typeof judge;
  readonly observe: typeof observe;
}

const forgiven = (counters: Counters): Counters =>
  counters.argo?.verdict === 'fail' ? { ...counters, argo: { ...counters.argo, verdict: 'pass' } } : counters;
