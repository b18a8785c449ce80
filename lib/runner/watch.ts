import { type ApiAnswer, ApiError, answered, type Connection, describe, pathOf, type Resource, refusal, unknownKind } from './api.ts';
import { backoff, type Clock } from './clock.ts';
import { listOf, member, numberOr, textOr } from './json.ts';

export interface WatchOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly resource: Resource;
  readonly clock: Clock;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  /** The object as it is by now, null: there is none. Told after each list (`late`), be it news or not, and after each change. */
  readonly changed: (object: unknown, late?: boolean) => void;
  /** From here to the next `changed`, what was told last may be old. Tried again all the same. */
  readonly trouble: (error: ApiError) => void;
  readonly signal: AbortSignal;
}

/** The API server then ends a watch; it is opened again where it ended. */
const WATCH_SECONDS = 290;
/** A watch that ends sooner did not work, whatever it said. */
const SHORT_MILLISECONDS = 5_000;
const BACKOFF = { first: 200, most: 1_000 } as const;
/** A right or a kind that is missing comes by a person's hand, but an API server that starts knows of none for a moment. */
const REFUSED = { first: 200, most: 30_000 } as const;
/** No Retry-After makes the runner blind for longer. */
const LONGEST_RETRY_AFTER = 30_000;

/**
 * Follows one object of a namespace, with the rights to list and watch it by its name alone: listed once, then watched
 * from that version on. Whatever goes wrong, it is listed again, so nothing is missed. Resolves once the signal has
 * aborted and the request on its way is answered.
 */
export async function watchObject(options: WatchOptions): Promise<void> {
  const { clock, random, trouble, signal } = options;
  let version: string | null = null;
  let failures = 0;
  let refusals = 0;
  while (!signal.aborted) {
    let wait = 0;
    const began = clock.now();
    try {
      if (version === null) {
        version = await list(options);
        continue;
      }
      version = await watch(options, version);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (signal.aborted) return;
      version = null;
      trouble(error);
      refusals = error.trouble === 'unreachable' ? 0 : refusals + 1;
      wait = refusals > 0 ? backoff(REFUSED, refusals, random()) : Math.min(error.retryAfterMilliseconds ?? 1, LONGEST_RETRY_AFTER);
    }
    failures = clock.now() - began >= SHORT_MILLISECONDS ? 0 : failures + 1;
    // One watch that ended early is no reason to wait, a second one is.
    if (wait === 0 && failures > 1) wait = 1;
    if (wait > 0 && !signal.aborted) await clock.sleep(Math.max(wait, backoff(BACKOFF, failures, random())), signal);
  }
}

/** @returns the version to watch from */
async function list(options: WatchOptions): Promise<string> {
  const { connection, resource, changed, signal } = options;
  const path = pathOfAll(options, {});
  const { body } = await accepted(options, 'list', () => connection.exchange({ method: 'GET', path }));
  const version = member(body, 'metadata', 'resourceVersion');
  if (typeof version !== 'string') throw new ApiError('unreachable', `list ${describe(resource)}: the answer is no list`);
  if (signal.aborted) return version;
  const [item] = listOf(member(body, 'items'));
  // The items of a list leave out what the list says of all of them.
  const kind = textOr(member(body, 'kind'), '').replace(/List$/, '');
  changed(item === undefined ? null : { apiVersion: resource.apiVersion, kind, ...(item as object) }, true);
  return version;
}

/** @returns the version at which it ended, or null where that is too old to go on from */
async function watch(options: WatchOptions, from: string): Promise<string | null> {
  const { connection, resource, changed, signal } = options;
  let version = from;
  let expired = false;
  const receive = (line: unknown): void => {
    const type = member(line, 'type');
    const object = member(line, 'object');
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK') {
      version = textOr(member(object, 'metadata', 'resourceVersion'), version);
      if (type !== 'BOOKMARK') changed(type === 'DELETED' ? null : object);
      return;
    }
    const status = type === 'ERROR' ? numberOr(member(object, 'code'), 500) : 500;
    const body = type === 'ERROR' ? object : { message: 'a line is no event' };
    expired = status === 410;
    throw refusal({ status, body, retryAfterMilliseconds: null }, 'watch', resource);
  };
  try {
    const query = { watch: '1', resourceVersion: from, allowWatchBookmarks: 'true', timeoutSeconds: `${WATCH_SECONDS}` };
    const path = pathOfAll(options, query);
    const answer = await accepted(options, 'watch', () => connection.stream(path, receive, signal));
    return answer?.status === 410 ? null : version;
  } catch (error) {
    if (expired) return null;
    throw error;
  }
}

/** The answer, unless it is a refusal; that a version is too old is none. @throws ApiError */
async function accepted<A extends ApiAnswer | null>(
  { connection, resource }: WatchOptions,
  verb: 'list' | 'watch',
  ask: () => Promise<A>,
): Promise<A> {
  const answer = await answered(connection, `${verb} ${describe(resource)}`, ask);
  if (answer === null || answer.status < 300 || answer.status === 410) return answer;
  throw answer.status === 404 ? unknownKind(resource) : refusal(answer, verb, resource);
}

function pathOfAll({ namespace, resource: { name, ...all } }: WatchOptions, query: Readonly<Record<string, string>>): string {
  return `${pathOf(namespace, all)}?${new URLSearchParams({ fieldSelector: `metadata.name=${name}`, ...query })}`;
}
