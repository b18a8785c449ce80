import { FIELD_MANAGER } from './effect.ts';
import { member, textOr } from './json.ts';

/** One request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'PATCH' | 'POST';
  /** Path with query. */
  readonly path: string;
  readonly contentType?:
    | 'application/json'
    | 'application/json-patch+json'
    | 'application/merge-patch+json'
    | 'application/apply-patch+yaml';
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What a Retry-After header asks for. */
  readonly retryAfterMilliseconds: number | null;
}

/** Something that answers requests: a cluster, or a simulated one. Throws when there was no answer. */
export interface Connection {
  exchange(request: ApiRequest): Promise<ApiAnswer>;
  /**
   * Opens an answer that goes on, such as a watch, and hands out each of its lines as JSON. Resolves when it has ended:
   * with the answer that refused it, or with null; rejects when it broke. After the signal nothing is handed out.
   */
  stream(path: string, receive: (line: unknown) => void, signal: AbortSignal): Promise<ApiAnswer | null>;
  /** Makes the next request use a token that was read anew. */
  renewToken(): void;
}

/** An object by the parts of its address. */
export interface Resource {
  /** `v1` or `group/version`. */
  readonly apiVersion: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource?: string;
}

/** Why a request brought nothing, as far as the caller has to act on it. */
export type Trouble =
  /** The object is another by now (409), a tested value is (422), or it is gone: read again and decide again. */
  | 'changed'
  /** A right is missing. */
  | 'forbidden'
  /** The API server does not know this kind of object. */
  | 'unknown-kind'
  /** No answer, or one that says later. */
  | 'unreachable'
  | 'refused';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly trouble: Trouble;
  readonly retryAfterMilliseconds: number | null;

  constructor(trouble: Trouble, message: string, retryAfterMilliseconds: number | null = null) {
    super(message);
    this.trouble = trouble;
    this.retryAfterMilliseconds = retryAfterMilliseconds;
  }
}

/**
 * The few calls that the runner makes, on objects of one namespace. Nothing is tried twice here but for a token that
 * was refused: what was read before a failed write may be old, so the whole look is repeated instead.
 */
export class Api {
  readonly #connection: Connection;
  readonly #namespace: string;

  constructor(connection: Connection, namespace: string) {
    this.#connection = connection;
    this.#namespace = namespace;
  }

  /** The object, or null where there is none. */
  async get(resource: Resource): Promise<unknown> {
    const answer = await this.send({ method: 'GET', path: pathOf(this.#namespace, resource) }, 'get', resource);
    if (answer.status !== 404) return answer.body;
    // Where the kind itself is unknown, the answer names no object.
    if (member(answer.body, 'details', 'name') === resource.name) return null;
    throw unknownKind(resource);
  }

  /** The object as it is after the patch. */
  async patch(resource: Resource, kind: 'json-patch+json' | 'merge-patch+json' | 'apply-patch+yaml', body: unknown): Promise<unknown> {
    const force = kind === 'apply-patch+yaml' ? '&force=true' : '';
    const path = this.writing(resource) + force;
    const answer = await this.send({ method: 'PATCH', path, contentType: `application/${kind}`, body }, 'patch', resource);
    if (answer.status === 404) throw new ApiError('changed', `${describe(resource)} is gone`);
    return answer.body;
  }

  async create(resource: Omit<Resource, 'name'>, body: unknown): Promise<void> {
    await this.post(this.writing(resource), body, resource);
  }

  /** What the API server says that this account may do in the namespace (SelfSubjectRulesReview); null: it does not say. */
  async rights(): Promise<unknown> {
    const resource = 'selfsubjectrulesreviews';
    const body = { spec: { namespace: this.#namespace } };
    return this.post(`/apis/authorization.k8s.io/v1/${resource}`, body, { resource }).then(
      (answer) => answer.body,
      () => null,
    );
  }

  private writing(resource: Omit<Resource, 'name'>): string {
    return `${pathOf(this.#namespace, resource)}?fieldManager=${FIELD_MANAGER}`;
  }

  private post(path: string, body: unknown, resource: Partial<Resource>): Promise<ApiAnswer> {
    return this.send({ method: 'POST', path, contentType: 'application/json', body }, 'create', resource);
  }

  private async send(request: ApiRequest, verb: string, resource: Partial<Resource>): Promise<ApiAnswer> {
    const answer = await answered(this.#connection, `${request.method} ${request.path}`, () => this.#connection.exchange(request));
    if (answer.status < 300 || answer.status === 404) return answer;
    throw refusal(answer, verb, resource);
  }
}

/** The answer to a request, with a token read anew where the first was refused. @throws ApiError where there is none */
export async function answered<A extends ApiAnswer | null>(connection: Connection, what: string, ask: () => Promise<A>): Promise<A> {
  try {
    const answer = await ask();
    if (answer?.status !== 401) return answer;
    connection.renewToken();
    return await ask();
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError('unreachable', `${what}: ${(error as Error).message}`);
  }
}

/** Of an object, or without a name of all of its kind. */
export function pathOf(namespace: string, { apiVersion, resource, name, subresource }: Partial<Resource>): string {
  const group = apiVersion?.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return [group, 'namespaces', namespace, resource, name, subresource].filter((part) => part).join('/');
}

/** What an answer that refused means. */
export function refusal({ status, body, retryAfterMilliseconds }: ApiAnswer, verb: string, resource: Partial<Resource>): ApiError {
  const what = `${verb} ${describe(resource)}`;
  const message = `${what}: ${status} ${textOr(member(body, 'message'), '')}`.trimEnd();
  if (status === 403) return lacks(verb, resource, `: ${message}`);
  if (status === 409 || (status === 422 && verb === 'patch')) return new ApiError('changed', message);
  // Of a server that is overloaded. One that starts is asked again soon: a guard that waits for seconds is none.
  if (status === 429) return new ApiError('unreachable', message, retryAfterMilliseconds);
  if (status === 401 || status >= 500) return new ApiError('unreachable', message);
  return new ApiError('refused', message);
}

export const lacks = (verb: string, resource: Partial<Resource>, why = ''): ApiError =>
  new ApiError('forbidden', `the runner's Role lacks verb ${verb} on ${describe(resource)}${why}`);

export const unknownKind = ({ apiVersion, resource }: Resource): ApiError =>
  new ApiError('unknown-kind', `the API server has no ${resource} of ${apiVersion}: install its CRD`);

export const describe = ({ resource, name, subresource }: Partial<Resource>): string =>
  `${resource}${subresource ? `/${subresource}` : ''}${name ? ` ${name}` : ''}`;
