import { readFileSync } from 'node:fs';
import { Agent, request as overTls } from 'node:https';
import type { ApiAnswer, ApiRequest, Connection } from './api.ts';

const TOKEN_AGE_MILLISECONDS = 60_000;
const TIMEOUT_MILLISECONDS = 10_000;
const LARGEST_ANSWER = 4 * 1024 * 1024;

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Directory with `token` and `ca.crt`. */
  readonly directory: string;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  readonly timeoutMilliseconds?: number;
  /** Node's `https.request`, or a stand-in for it. */
  readonly request?: typeof overTls;
}

/** The pod's own connection: its service account, and the cluster's CA alone is trusted. */
export function connect(options: ConnectionOptions): Connection {
  const { host, port, directory, now, timeoutMilliseconds = TIMEOUT_MILLISECONDS, request = overTls } = options;
  const agent = request === overTls ? new Agent({ keepAlive: true, maxSockets: 8, ca: readFileSync(`${directory}/ca.crt`) }) : undefined;
  let token = { text: '', readAt: Number.NEGATIVE_INFINITY };

  // The kubelet replaces the file long before the token in it expires.
  const currentToken = (): string => {
    if (now() - token.readAt >= TOKEN_AGE_MILLISECONDS) token = { text: readFileSync(`${directory}/token`, 'utf8').trim(), readAt: now() };
    return token.text;
  };

  const exchange = ({ method, path, contentType, body }: ApiRequest): Promise<ApiAnswer> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${currentToken()}`,
        accept: 'application/json',
        'user-agent': 'tidegate-runner',
        ...(contentType === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
      };
      const signal = AbortSignal.timeout(timeoutMilliseconds);
      const failed = (error: Error) => reject(signal.aborted ? new Error(`no answer within ${timeoutMilliseconds / 1_000}s`) : error);
      const asked = request({ host, port, path, method, headers, signal, ...(agent ? { agent } : {}) }, (answer) => {
        const parts: Buffer[] = [];
        let size = 0;
        answer.on('data', (part: Buffer) => {
          size += part.length;
          if (size > LARGEST_ANSWER) asked.destroy(new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`));
          else parts.push(part);
        });
        answer.on('error', failed);
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          const retryAfter = Number(answer.headers['retry-after']);
          const retryAfterMilliseconds = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1_000 : null;
          try {
            resolve({ status, body: parseAnswer(status, Buffer.concat(parts).toString()), retryAfterMilliseconds });
          } catch (error) {
            reject(error);
          }
        });
      });
      asked.on('error', failed);
      asked.end(text);
    });

  return {
    exchange,
    renewToken: () => {
      token = { text: '', readAt: Number.NEGATIVE_INFINITY };
    },
  };
}

/** Proxies in between answer errors in HTML: then the status says enough. */
function parseAnswer(status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (status >= 300) return { message: text.slice(0, 200) };
    throw new Error(`answer ${status} is no JSON: ${text.slice(0, 200)}`);
  }
}
