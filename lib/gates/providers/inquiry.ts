import type { HttpAnswer, HttpRequest } from './exchange.ts';
import type { Access, Answer, AskContext, Result } from './provider.ts';

/** Answers are numbers or small documents. Whoever sends more has been asked the wrong question. */
const LARGEST_ANSWER_BYTES = 1024 * 1024;
const LONGEST_QUOTE = 200;
const MOST_WARNINGS = 10;
/** What is nested deeper could overflow the stack of whoever reads or writes the value later. */
const DEEPEST_JSON = 64;

/** A question as HTTP: what the providers that use it differ in. */
export interface Inquiry {
  readonly provider: string;
  readonly address: string;
  readonly question: string;
  readonly timeoutSeconds: number;
  request(address: URL): Pick<HttpRequest, 'method' | 'headers' | 'body'> & { readonly url: URL };
  /** @throws Unreadable */
  read(body: Body): Reading;
  /** What the JSON of an answer that is not 2xx gives as its reason, or null. */
  reason?(answer: unknown): string | null;
}

/** The body of a 2xx answer. */
export interface Body {
  readonly text: string;
  /** Media type without parameters, in lower case; '' where there is none. */
  readonly type: string;
}

export type Reading = Result & { readonly warnings?: readonly string[]; readonly evaluatedAt?: number };

/** Why there is no result, as far as it has to be told. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly retryable: boolean;

  constructor(message: string, retryable = false) {
    super(message);
    this.retryable = retryable;
  }
}

/** Asks over HTTP, once, and says what came of it. */
export async function inquire(inquiry: Inquiry, context: AskContext): Promise<Answer> {
  const askedAt = context.now();
  let status: number | null = null;
  let reading: Reading;
  try {
    const answer = await context.exchange(await requestOf(inquiry, context));
    if (answer.kind === 'nothing') throw new Unreadable(answer.message, answer.retryable);
    status = answer.status;
    reading = inquiry.read(bodyOf(answer, inquiry));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    reading = {
      kind: 'error',
      message: `${inquiry.provider} ${quote(withoutUser(inquiry.address).replace(/[?#].*$/s, ''))}: ${error.message}`,
      retryable: error.retryable,
    };
  }
  const { warnings = [], evaluatedAt = null, ...result } = reading;
  const { provider, address, question } = inquiry;
  const tookMilliseconds = Math.max(0, context.now() - askedAt);
  return {
    ...result,
    warnings: warnings.slice(0, MOST_WARNINGS).map(quote),
    evidence: { provider, address: withoutUser(address), question, status, askedAt, tookMilliseconds, evaluatedAt },
  };
}

/** @throws Unreadable when the text is not JSON, or nested so deep that nobody means it */
export function parseJson({ text, type }: Body): unknown {
  const value = jsonOf(text);
  if (value === undefined) {
    if (isHtml(text))
      throw new Unreadable('answered an HTML page instead of JSON: check the address, a login page or a proxy may be there');
    // JSON that breaks off may come whole the next time.
    throw new Unreadable(`the answer (${type || 'no content type'}) is not JSON, or not all of it: ${quote(text)}`, true);
  }
  if (isDeeper(value, DEEPEST_JSON)) throw new Unreadable(`the answer is nested deeper than ${DEEPEST_JSON} levels`);
  return value;
}

/** What the text says as JSON; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Text of others for a message: on one line, and not for ever. */
export function quote(text: string): string {
  const line = text
    .slice(0, 2 * LONGEST_QUOTE)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}...` : line;
}

async function requestOf(inquiry: Inquiry, { readFile, access = {}, signal }: AskContext): Promise<HttpRequest> {
  const { method, url, headers, body } = inquiry.request(addressOf(inquiry.address));
  const ca = access.tls === undefined ? null : await secret(access.tls.caFile, readFile);
  return {
    method,
    url: url.href,
    headers: {
      'user-agent': 'tidegate-runner',
      ...lowerCase(headers),
      'accept-encoding': 'identity',
      ...(await credentials(access, readFile)),
    },
    body,
    ca,
    timeoutMilliseconds: inquiry.timeoutSeconds * 1_000,
    largestBytes: LARGEST_ANSWER_BYTES,
    ...(signal === undefined ? {} : { signal }),
  };
}

function addressOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Unreadable('the address must be a URL that begins with http:// or https://');
  if (hasUser(url))
    throw new Unreadable('the address holds a user or a password, and every reader of the plan sees them: mount them as a Secret');
  url.hash = '';
  return url;
}

const hasUser = ({ username, password }: URL): boolean => username !== '' || password !== '';

/** Even an address that is refused ends in logs and in the evidence. */
function withoutUser(address: string): string {
  return URL.canParse(address) && !hasUser(new URL(address)) ? address : address.replace(/^.*@/s, '');
}

async function credentials({ auth }: Access, readFile: AskContext['readFile']): Promise<Readonly<Record<string, string>>> {
  if (auth === undefined) return {};
  if (auth.kind === 'bearer') return { authorization: `Bearer ${await secret(auth.tokenFile, readFile)}` };
  const pair = `${auth.username}:${await secret(auth.passwordFile, readFile)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Files that people make end in a line break that is no part of what they hold. */
async function secret(path: string, readFile: AskContext['readFile']): Promise<string> {
  const text = await readFile(path).catch((error: Error) => {
    throw new Unreadable(`the mounted file ${path} cannot be read (${error.message}): mount the Secret that holds it`);
  });
  if (text.trim() === '') throw new Unreadable(`the mounted file ${path} is empty`);
  return text.trim();
}

/** Framing headers of a plan would contradict the request's own. */
const FRAMING = /^(connection|content-length|transfer-encoding|expect|upgrade|te|trailer)$/i;

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => !FRAMING.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value]));
}

/** @throws Unreadable for every answer that is not a plain 2xx */
function bodyOf({ status, headers, text }: Extract<HttpAnswer, { kind: 'answer' }>, { reason }: Inquiry): Body {
  if (status >= 300 && status < 400) {
    const target = headers.location === undefined ? '' : ` to ${quote(headers.location)}`;
    throw new Unreadable(`answered ${status}, a redirect${target}, which is never followed: write the address that answers itself`);
  }
  if (status < 200 || status >= 400) {
    const why = reason?.(jsonOf(text)) ?? (isHtml(text) ? '' : quote(text));
    throw new Unreadable(`answered ${status}${REMEDIES[status] ?? ''}${why && `: ${why}`}`, isPassing(status));
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new Unreadable(`the answer is encoded as ${quote(encoding)}, which was not asked for`);
  return { text, type: (headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase() };
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: ' (mount credentials that it accepts)',
  403: ' (its credentials lack the right)',
  404: ' (check the path of the address)',
};

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const isHtml = (text: string): boolean => /^\s*</.test(text);

const isDeeper = (value: unknown, levels: number): boolean =>
  value !== null && typeof value === 'object' && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));
