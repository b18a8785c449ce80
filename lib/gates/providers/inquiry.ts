import type { ProviderAccess } from '../../intent/gate.ts';
import { letIn } from './access.ts';
import type { HttpAnswer, HttpRequest } from './exchange.ts';
import type { Answer, AskContext, Result } from './provider.ts';
import { Unreadable } from './unreadable.ts';

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
  /** For all requests of the question together. */
  readonly timeoutSeconds: number;
  readonly access: ProviderAccess;
  /** Asks with as many requests as it takes, most often one. @throws Unreadable */
  ask(send: (request: (address: URL) => Asked) => Promise<Body>): Promise<Reading>;
  /** What the JSON of an answer that is not 2xx gives as its reason, or null. */
  reason?(answer: unknown): string | null;
}

export type Asked = Pick<HttpRequest, 'method' | 'headers' | 'body'> & { readonly url: URL };

/** The body of a 2xx answer. */
export interface Body {
  readonly text: string;
  /** Media type without parameters, in lower case; '' where there is none. */
  readonly type: string;
}

export type Reading = Result & { readonly warnings?: readonly string[]; readonly evaluatedAt?: number };

/** Asks over HTTP, once, and says what came of it. */
export async function inquire(inquiry: Inquiry, context: AskContext): Promise<Answer> {
  const askedAt = context.now();
  let tookMilliseconds = 0;
  let status: number | null = null;
  let reading: Reading;
  try {
    reading = await inquiry.ask(async (asked) => {
      const { method, url, headers, body } = asked(addressOf(inquiry.address));
      const { authorization, ca, hide } = await letIn(inquiry.access, context);
      const answer = await context.exchange({
        method,
        url: url.href,
        headers: {
          'user-agent': 'tidegate-runner',
          ...lowerCase(headers),
          'accept-encoding': 'identity',
          ...(authorization === null ? {} : { authorization }),
        },
        body,
        ca,
        timeoutMilliseconds: Math.max(1, inquiry.timeoutSeconds * 1_000 - tookMilliseconds),
        largestBytes: LARGEST_ANSWER_BYTES,
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
      tookMilliseconds = Math.max(0, context.now() - askedAt);
      status = null;
      if (answer.kind === 'nothing') throw new Unreadable(answer.message, answer.retryable);
      status = answer.status;
      return bodyOf(hide(answer), inquiry);
    });
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

function addressOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Unreadable('the address must be a URL that begins with http:// or https://');
  if (hasUser(url)) throw new Unreadable('the address holds a user or a password, which every reader of the plan sees: mount a Secret');
  url.hash = '';
  return url;
}

const hasUser = ({ username, password }: URL): boolean => username !== '' || password !== '';

/** Even an address that is refused ends in logs and in the evidence. */
function withoutUser(address: string): string {
  return URL.canParse(address) && !hasUser(new URL(address)) ? address : address.replace(/^.*@/s, '');
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
    throw new Unreadable(`answered ${status}, a redirect${target}, which is never followed: write what answers itself`);
  }
  if (status < 200 || status >= 400) {
    const why = reason?.(jsonOf(text)) ?? (isHtml(text) ? '' : quote(text));
    throw new Unreadable(`answered ${status}${REMEDIES[status] ?? ''}${why && `: ${why}`}`, isPassing(status));
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new Unreadable(`the answer is encoded as ${quote(encoding)}, unasked`);
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
