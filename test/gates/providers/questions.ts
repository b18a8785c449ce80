import type { Answer, Askable, AskContext, HttpAnswer, HttpRequest, providers } from '../../../lib/gates/providers/index.ts';
import { ask } from '../../../lib/gates/providers/index.ts';

/** What the contract asks each provider, and a body that it understands. A new provider does not compile without a line here. */
export const subjects: Readonly<Record<keyof typeof providers, Subject>> = {
  prometheus: {
    question: (url, timeoutSeconds = 5) => ({ prometheus: { address: url, query: 'up', timeoutSeconds } }),
    body: '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1767600000.5,"1"]}]}}',
    understood: { kind: 'numbers', values: [1] },
    asked: 'up',
  },
  web: {
    question: (url, timeoutSeconds = 5) => ({
      web: { url, method: 'GET', headers: {}, body: null, jsonPath: '{$.status}', timeoutSeconds },
    }),
    body: '{"status":"ok"}',
    understood: { kind: 'json', value: 'ok' },
    asked: 'GET {$.status}',
  },
};

export interface Subject {
  readonly question: (url: string, timeoutSeconds?: number) => Askable;
  readonly body: string;
  readonly understood: object;
  readonly asked: string;
}

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
  return { ...(await ask(question, contextOf({ exchange, ...parts }))), requests };
}
