// The API over Node's own HTTP: short exchanges, and streams for watches.
import { readFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ApiAnswer, ApiRequest, Connection } from './api.ts';
import { FIELD_MANAGER } from './effect.ts';
import { overTls, Agent as PlainAgent, request as plainly, TlsAgent } from './http.ts';

const TOKEN_AGE_MILLISECONDS = 60_000;
const TIMEOUT_MILLISECONDS = 10_000;
/** Longer than a watch may last by its own wish, so that only one whose server is gone ends by it. */
const IDLE_MILLISECONDS = 300_000;
/** By now and then asking the peer's kernel, a connection that a firewall forgot ends in a minute instead. */
const KEEP_ALIVE_MILLISECONDS = 30_000;
const LARGEST_ANSWER = 4 * 1024 * 1024;

export interface ConnectionOptions {
  /** `https://host:port`, with a path where a proxy serves the API below one; `http:` has no secrets to send. */
  readonly server: string;
  readonly tls?: {
    /** PEM of the certificates that are trusted, and no other. @default the public roots that Node knows */
    readonly ca?: string;
    /** The name that the server's certificate must hold. @default the server's host */
    readonly servername?: string;
    /** False: the server may be anybody. @default true */
    readonly rejectUnauthorized?: boolean;
  };
  /** @default none */
  readonly credentials?: Credentials;
  /** Who asks, for the API server's audit log. @default tidegate-runner */
  readonly userAgent?: string;
  /** Until an exchange is over, or a stream begins. @default 10000 */
  readonly timeoutMilliseconds?: number;
  /** Until a stream on which nothing comes counts as broken. @default 300000 */
  readonly idleMilliseconds?: number;
}

/** Who asks: asked for before each request. */
export interface Credentials {
  current(): Credential | Promise<Credential>;
  /** The server refused the current one. */
  renew(): void;
}

export interface Credential {
  /** The Authorization header. */
  readonly authorization?: string;
  /** PEM of a client certificate, and of its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface OpenConnection extends Connection {
  /** Ends what is kept open and what is under way. */
  close(): void;
}

export function connect(options: ConnectionOptions): OpenConnection {
  const { tls, credentials, timeoutMilliseconds = TIMEOUT_MILLISECONDS, idleMilliseconds = IDLE_MILLISECONDS } = options;
  const { hostname: host, port, pathname, protocol } = new URL(options.server);
  const hostname = host.replace(/^\[|]$/g, '');
  const prefix = pathname.replace(/\/$/, '');
  const secure = protocol === 'https:';
  const agentOf = (kept: object) => (secure ? new TlsAgent({ ...kept, ...tls }) : new PlainAgent(kept));
  // To read the CA takes milliseconds, and each connection would do it again.
  let read: { readonly of: string; readonly context: SecureContext } | null = null;
  const contextOf = (certificate: Pick<Credential, 'cert' | 'key'>): SecureContext => {
    const of = JSON.stringify(certificate);
    if (read?.of !== of) read = { of, context: createSecureContext({ ...tls, ...certificate }) };
    return read.context;
  };
  // Of their own, so that open watches leave each exchange its place.
  const agents = { exchange: agentOf({ keepAlive: true, maxSockets: 8 }), stream: agentOf({ keepAlive: false }) };

  /** The head of the answer, what ends it and its body, and the timer that does so unless it is cleared. */
  const open = ({ method, path, contentType, body }: ApiRequest, credential: Credential, use: keyof typeof agents) => {
    const { authorization, ...certificate } = credential;
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      accept: 'application/json',
      'user-agent': options.userAgent ?? FIELD_MANAGER,
      ...(contentType === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
    };
    const known = secure ? { ...certificate, secureContext: contextOf(certificate) } : {};
    const asked = (secure ? overTls : plainly)({ hostname, port, ...known, method, path: prefix + path, headers, agent: agents[use] });
    let ended: ClientRequest | IncomingMessage = asked;
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      asked.on('error', reject).on('response', (head) => {
        ended = head;
        resolve(head);
      });
    });
    asked.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MILLISECONDS));
    asked.end(text);
    const end = (error?: Error) => void ended.destroy(error);
    // A timer of its own: a signal for each exchange would cost as much again.
    const timer = setTimeout(() => end(new Error(`no answer within ${timeoutMilliseconds / 1_000}s`)), timeoutMilliseconds);
    return { answer, end, timer };
  };

  const exchange = async (request: ApiRequest): Promise<ApiAnswer> => {
    const { answer, timer } = open(request, (await credentials?.current()) ?? {}, 'exchange');
    try {
      return await whole(await answer);
    } finally {
      clearTimeout(timer);
    }
  };

  const stream: Connection['stream'] = async (path, receive, signal) => {
    const credential = (await credentials?.current()) ?? {};
    if (signal.aborted) return null;
    const { answer, end, timer } = open({ method: 'GET', path }, credential, 'stream');
    const stop = () => end();
    signal.addEventListener('abort', stop);
    try {
      const head = await answer;
      if (head.statusCode !== 200) return await whole(head);
      clearTimeout(timer);
      head.setTimeout(idleMilliseconds, () => end(new Error(`nothing came for ${idleMilliseconds / 1_000}s`)));
      for await (const line of linesOf(head)) {
        if (signal.aborted) break;
        receive(parseLine(line));
      }
      return null;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };

  return {
    exchange,
    stream,
    renewToken: () => credentials?.renew(),
    close: () => Object.values(agents).forEach((agent) => void agent.destroy()),
  };
}

export interface Pod {
  readonly host: string;
  readonly port: number;
  /** The service account's directory, with `token` and `ca.crt`. */
  readonly directory: string;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** A pod's own connection: its service account, and the cluster's CA alone is trusted. @throws where the CA cannot be read */
export function inCluster({ host, port, directory, now }: Pod): ConnectionOptions {
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: { ca: readFileSync(`${directory}/ca.crt`, 'utf8') },
    credentials: tokenFile(`${directory}/token`, now),
  };
}

/** A bearer token that others replace long before it expires, as the kubelet does: read anew each minute. */
export function tokenFile(path: string, now: () => number): Credentials {
  const unread = { text: '', readAt: Number.NEGATIVE_INFINITY };
  let token = unread;
  return {
    current: () => {
      if (now() - token.readAt >= TOKEN_AGE_MILLISECONDS) token = { text: readFileSync(path, 'utf8').trim(), readAt: now() };
      return { authorization: `Bearer ${token.text}` };
    },
    renew: () => {
      token = unread;
    },
  };
}

async function whole(answer: IncomingMessage): Promise<ApiAnswer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    parts.push(part);
  }
  const status = answer.statusCode ?? 0;
  return { status, body: parseAnswer(status, Buffer.concat(parts).toString()), retryAfterMilliseconds: retryAfter(answer) };
}

/** Seconds, or a time by the server's own clock. */
function retryAfter({ headers }: IncomingMessage): number | null {
  const text = headers['retry-after'];
  if (text === undefined) return null;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.parse(headers.date ?? '');
  return milliseconds > 0 ? milliseconds : null;
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

/** Lines as they are complete, and the last one however it ends. */
async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const part of answer.setEncoding('utf8') as AsyncIterable<string>) {
    for (const [index, piece] of part.split('\n').entries()) {
      if (index > 0) {
        if (rest.trim() !== '') yield rest;
        rest = '';
      }
      rest += piece;
      if (rest.length > LARGEST_ANSWER) throw new Error(`a line is larger than ${LARGEST_ANSWER} bytes`);
    }
  }
  if (rest.trim() !== '') yield rest;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`a line is no JSON: ${line.slice(0, 200)}`);
  }
}
