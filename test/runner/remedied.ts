import type { HttpAnswer, HttpRequest } from '../../lib/gates/providers/index.ts';
import type { Plan, PlanGate } from '../../lib/plan/plan.ts';
import { type Said as Answered, analysis, Judged, WAIVED } from './judged.ts';
import { bake, gate, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

export const FLAGS_OFF = '/api/v1/namespaces/shop/configmaps/web-flags-off';
export const web = {
  url: 'https://flags.example.com/off',
  method: 'POST',
  headers: {},
  body: null,
  jsonPath: '{$}',
  timeoutSeconds: 10,
} as const;
/** What another gate asks. */
export const SLOW = { prometheus: { address: 'http://prometheus:9090', query: 'latency', timeoutSeconds: 10 } } as const;
export const REMEDIES = {
  flagOff: { flag: 'new-ranking', settleSeconds: 120, withinSeconds: 60 },
  webhook: { flag: 'new-ranking', settleSeconds: 30, withinSeconds: 60, web },
} as const;
export type Kind = keyof typeof REMEDIES;

/** Measured every 10 s; the first failure fails it. */
export const quick: PlanGate = { ...gate, intervalSeconds: 10, initialDelaySeconds: 10, count: 3, failureLimit: 0 };

export const planWith = (kind: Kind, more: readonly PlanGate[] = [], some: Partial<Plan> = {}, before: readonly PlanGate[] = []): Plan =>
  planOf([scale(), smoke(), setWeight(20), analysis([...before, { ...quick, onFailure: kind }, ...more]), switchOver(), bake()], {
    ...WAIVED,
    uses: ['remedies'],
    remedies: { [kind]: REMEDIES[kind] },
    ...some,
  });

/** A release whose gate has just failed; what becomes of the flag is up to each test. */
export class Remedied extends Judged {
  /** What the flag service was sent. */
  readonly posted: HttpRequest[] = [];
  /** What Prometheus says of the latency. */
  slow: Answered = 0;
  /** What it does with that. */
  service: (tries: number) => HttpAnswer | Promise<HttpAnswer> = () => says(204);

  protected override answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer> {
    if (`${request.url}${request.body ?? ''}`.includes('latency')) return super.answer(request, this.slow);
    if (!request.url.startsWith(web.url)) return super.answer(request);
    this.posted.push(request);
    return this.service(this.posted.length);
  }

  /** Up to the failure of its gate, and so many seconds more. */
  async failing(seconds: number): Promise<this> {
    this.start();
    await this.time.run(30_000, () => this.weight === 20);
    this.said = 0.5;
    await this.time.run(60_000, () => Object.keys(this.status?.remedies ?? {}).length > 0);
    await this.time.run(seconds * 1_000);
    return this;
  }

  /** What it says of itself. */
  get told(): string {
    return this.api.events.join('\n');
  }
}

export const says = (status: number, text = ''): HttpAnswer => ({ kind: 'answer', status, headers: {}, text });
export const refusing = (kind: Kind, ...others: readonly PlanGate[]) =>
  new Remedied(planWith(kind, others), ({ path }) => (path.includes('web-flags-off?') ? 'unavailable' : 'none'));
