import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { Exchange, HttpAnswer, HttpRequest } from '../gates/providers/exchange.ts';
import { overTls, Agent as PlainAgent, request as plain, TlsAgent } from './http.ts';

export interface NetworkExchange {
  readonly exchange: Exchange;
  /** Ends the connections that were kept. */
  close(): void;
}

/** The network, as providers use it: no proxies of the environment, no redirects, no compression. Connections are kept. */
export function networkExchange(): NetworkExchange {
  // The TLS agent keeps connections of different CAs apart.
  const agents = { 'http:': new PlainAgent({ keepAlive: true }), 'https:': new TlsAgent({ keepAlive: true }) };
  return {
    exchange: (request) => attempt(request, agents),
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

interface Agents {
  readonly 'http:': HttpAgent;
  readonly 'https:': TlsAgent;
}

/** One request until its answer, its deadline or its trouble, whichever comes first. */
function attempt(request: HttpRequest, agents: Agents): Promise<HttpAnswer> {
  const { method, headers, body, ca, timeoutMilliseconds, largestBytes, signal } = request;
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const parts: Buffer[] = [];
  let size = 0;
  let asked: ClientRequest | undefined;
  let answer: IncomingMessage | undefined;
  let over = false;

  return new Promise((resolve) => {
    // Only the first call counts: what is destroyed here reports errors of its own.
    const give = (outcome: HttpAnswer) => {
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      // A status of failure says more than what befell its body.
      resolve(outcome.kind === 'answer' || answer === undefined || isSuccess(answer) ? outcome : answered(answer, parts));
      if (outcome.kind === 'nothing') asked?.destroy();
    };
    const giveUp = (message: string, retryable: boolean) => give({ kind: 'nothing', message, retryable });
    const end = () => giveUp('asked to end before the answer was there', true);
    const timer = setTimeout(() => giveUp(`no full answer within ${timeoutMilliseconds / 1_000}s`, true), timeoutMilliseconds);

    const receive = (incoming: IncomingMessage) => {
      answer = incoming;
      incoming.on('data', (part: Buffer) => {
        size += part.length;
        if (size > largestBytes) giveUp(`the answer is larger than ${largestBytes} bytes`, false);
        else parts.push(part);
      });
      incoming.on('error', () => giveUp('the connection broke before the answer was complete', true));
      incoming.on('end', () => give(answered(incoming, parts)));
    };

    const send = (keep: boolean) => {
      const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
      const agent = keep ? agents[secure ? 'https:' : 'http:'] : false;
      const options = { method, headers: { ...headers, ...length }, agent, ...(ca === null ? {} : { ca }) };
      const sent = (secure ? overTls : plain)(url, options, receive);
      asked = sent;
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (sent.reusedSocket && answer === undefined && error.code === 'ECONNRESET' && !over) send(false);
        else giveUp(...trouble(error));
      });
      sent.end(body ?? undefined);
    };

    if (signal?.aborted) return end();
    signal?.addEventListener('abort', end);
    try {
      // A kept connection may be closed by the other side just now, and only a GET can then be sent again.
      send(method === 'GET');
    } catch (error) {
      // Node refuses what is not HTTP before anything is sent, such as a header with a line break.
      giveUp(`the request cannot be sent: ${(error as Error).message}`, false);
    }
  });
}

const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

function answered({ statusCode = 0, headers }: IncomingMessage, parts: readonly Buffer[]): HttpAnswer {
  return {
    kind: 'answer',
    status: statusCode,
    headers: { ...headers, 'set-cookie': undefined },
    text: new TextDecoder().decode(Buffer.concat(parts)),
  };
}

/** What a request's own error means, and whether it may pass by itself. */
function trouble({ message, code = '' }: NodeJS.ErrnoException): [message: string, retryable: boolean] {
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/.test(code))
    return [`its certificate is not trusted (${message}): mount the CA that signed it`, false];
  // Where Node has tried every address of a name, the code is all that it says.
  return [message || code, !/^(HPE_|EPROTO|ERR_)/.test(code)];
}
