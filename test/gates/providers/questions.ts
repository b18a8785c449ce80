import type { Answer, Askable, AskContext, Exchange, HttpAnswer, HttpRequest, providers } from '../../../lib/gates/providers/index.ts';
import { ask } from '../../../lib/gates/providers/index.ts';
import type { ProviderAccess } from '../../../lib/intent/gate.ts';

/** What the contract asks each provider, and a body that it understands. A new provider does not compile without a line here. */
export const subjects: Readonly<Record<keyof typeof providers | 'prometheus, a range', Subject>> = {
  prometheus: {
    provider: 'prometheus',
    question: (url, { timeoutSeconds = 5, ...access } = {}) => ({ prometheus: { address: url, query: 'up', timeoutSeconds, ...access } }),
    body: '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1767600000.5,"1"]}]}}',
    understood: { kind: 'numbers', values: [1] },
    asked: 'up',
  },
  'prometheus, a range': {
    provider: 'prometheus',
    question: (url, { timeoutSeconds = 5, ...access } = {}) => ({
      prometheus: { address: url, query: 'up', timeoutSeconds, range: { seconds: 60, stepSeconds: 30 }, ...access },
    }),
    body: '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1767600000,"1"],[1767600030,"2"]]}]}}',
    understood: { kind: 'numbers', values: [1, 2] },
    asked: 'up (the last 60s, every 30s)',
  },
  web: {
    provider: 'web',
    question: (url, { timeoutSeconds = 5, ...access } = {}) => ({
      web: { url, method: 'GET', headers: {}, body: null, jsonPath: '{$.status}', timeoutSeconds, ...access },
    }),
    body: '{"status":"ok"}',
    understood: { kind: 'json', value: 'ok' },
    asked: 'GET {$.status}',
  },
};

export interface Subject {
  readonly provider: string;
  readonly question: (url: string, more?: ProviderAccess & { readonly timeoutSeconds?: number }) => Askable;
  readonly body: string;
  readonly understood: object;
  readonly asked: string;
}

export const SERVER_TIME = 1_767_600_060_123;

/** Prometheus' own time, whatever else is answered: a range is asked for once the time is known. */
export const knowingTime =
  (exchange: Exchange): Exchange =>
  async (request) => {
    if (new URL(request.url).searchParams.get('query') !== 'time()') return exchange(request);
    const data = { resultType: 'scalar', result: [SERVER_TIME / 1_000, String(SERVER_TIME / 1_000)] };
    return { kind: 'answer', status: 200, headers: {}, text: JSON.stringify({ status: 'success', data }) };
  };

/** A context of plain values: what is not given is as harmless as can be. */
export function contextOf(parts: Partial<AskContext>): AskContext {
  return {
    exchange: () => Promise.reject(new Error('nothing was to be asked')),
    now: () => Date.UTC(2026, 0, 5, 9),
    readFile: (path) => Promise.reject(new Error(`ENOENT: no such file, open '${path}'`)),
    ...parts,
  };
}

/** Asks with an exchange that answers as told, and gives what it was asked too. */
export async function askTold(
  question: Askable,
  told: Partial<Extract<HttpAnswer, { kind: 'answer' }>> | Extract<HttpAnswer, { kind: 'nothing' }>,
  parts: Partial<AskContext> = {},
): Promise<Answer & { readonly requests: readonly HttpRequest[] }> {
  const requests: HttpRequest[] = [];
  const exchange = async (request: HttpRequest): Promise<HttpAnswer> => {
    requests.push(request);
    return told.kind === 'nothing' ? told : { kind: 'answer', status: 200, headers: {}, text: '', ...told };
  };
  return { ...(await ask(question, contextOf({ exchange: knowingTime(exchange), ...parts }))), requests };
}
