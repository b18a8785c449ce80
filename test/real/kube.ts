import { Agent, request } from 'node:https';
import type { KubeObject } from '../../lib/schema/index.ts';
import type { Connection } from './connection.ts';

/** What names an object in the API. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** An object as the API server returns it, for assertions: tests know what they ask for. */
export interface LiveObject extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly uid: string; readonly resourceVersion: string; readonly generation?: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface WriteOptions {
  /** Only judge, change nothing. */
  readonly dryRun?: boolean;
  /** What happens to unknown and duplicate fields. Default Strict: they are refused. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

export interface ApplyOptions extends WriteOptions {
  readonly manager: string;
  /** Take fields over from other managers. */
  readonly force?: boolean;
}

/** The API server said no. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;
  readonly reason: string;

  constructor(what: string, { status, body }: Answer) {
    const { message, reason } = (body ?? {}) as { message?: string; reason?: string };
    super(`${what}: ${status} ${message ?? JSON.stringify(body)}`);
    this.status = status;
    this.reason = reason ?? '';
  }
}

const JSON_TYPE = 'application/json';
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';

/** A small Kubernetes client for tests: what they need of the API, with errors that carry the server's reason. */
export class Kube {
  readonly #connection: Connection;
  readonly #agent: Agent;
  readonly #resources = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#agent = new Agent({
      keepAlive: true,
      ...(connection.ca === null ? {} : { ca: connection.ca }),
      ...('certificate' in connection.user ? { cert: connection.user.certificate, key: connection.user.key } : {}),
    });
  }

  /** The same server as somebody else. */
  as(token: string): Kube {
    return new Kube({ ...this.#connection, user: { token } });
  }

  close(): void {
    this.#agent.destroy();
  }

  async get(ref: ObjectRef, subresource = ''): Promise<LiveObject> {
    return this.#expect(`get ${name(ref)}`, 'GET', (await this.path(ref)) + subresource);
  }

  /** The object, or null where there is none. */
  async find(ref: ObjectRef): Promise<LiveObject | null> {
    return this.get(ref).catch((error: unknown) => {
      if (error instanceof KubeError && error.status === 404) return null;
      throw error;
    });
  }

  async list(kind: { readonly apiVersion: string; readonly kind: string }, namespace?: string, labels?: string): Promise<LiveObject[]> {
    const path = await this.#collection(kind, namespace);
    const query = labels === undefined ? '' : `?labelSelector=${encodeURIComponent(labels)}`;
    const { items } = await this.#expect<{ items: LiveObject[] }>(`list ${kind.kind}`, 'GET', path + query);
    // Items of a list come without kind and apiVersion.
    return items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<LiveObject> {
    const path = await this.#collection(object, object.metadata.namespace);
    return this.#expect(`create ${name(object)}`, 'POST', path + query(options), object);
  }

  /** Server-side apply. */
  async apply(object: KubeObject, options: ApplyOptions): Promise<LiveObject> {
    const path = await this.path(object);
    return this.#expect(`apply ${name(object)}`, 'PATCH', path + query(options, options), object, APPLY);
  }

  async mergePatch(ref: ObjectRef, patch: unknown, subresource = ''): Promise<LiveObject> {
    return this.#expect(`patch ${name(ref)}`, 'PATCH', (await this.path(ref)) + subresource, patch, MERGE);
  }

  async jsonPatch(ref: ObjectRef, operations: readonly unknown[]): Promise<LiveObject> {
    return this.#expect(`patch ${name(ref)}`, 'PATCH', await this.path(ref), operations, JSON_PATCH);
  }

  /** Deletes; an object that is not there is as good as deleted. */
  async remove(ref: ObjectRef, propagationPolicy: 'Background' | 'Foreground' = 'Background'): Promise<void> {
    const answer = await this.send('DELETE', await this.path(ref), { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy });
    if (answer.status >= 300 && answer.status !== 404) throw new KubeError(`delete ${name(ref)}`, answer);
  }

  /** A token of a ServiceAccount, as a pod would get it (TokenRequest). */
  async token(namespace: string, serviceAccount: string): Promise<string> {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const { status } = await this.#expect<{ status: { token: string } }>(`token of ${serviceAccount}`, 'POST', path, body);
    return status.token;
  }

  /** What the server's authorizer says of this user (SelfSubjectAccessReview). */
  async may(attributes: {
    readonly verb: string;
    readonly group?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  }): Promise<boolean> {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: attributes } };
    const { status } = await this.#expect<{ status: { allowed: boolean } }>('access review', 'POST', path, body);
    return status.allowed;
  }

  /** The object's path in the API, from the server's own discovery. */
  async path(ref: ObjectRef): Promise<string> {
    return `${await this.#collection(ref, ref.metadata.namespace)}/${ref.metadata.name}`;
  }

  /** One request; every status is an answer. */
  send(method: string, path: string, body?: unknown, contentType = JSON_TYPE): Promise<Answer> {
    const { server, user } = this.#connection;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: JSON_TYPE,
      ...('token' in user ? { authorization: `Bearer ${user.token}` } : {}),
      // Node sets no length for DELETE, and the server would take the body for the next request.
      ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, server), { method, headers, agent: this.#agent, timeout: 30_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString('utf8')) }));
      });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
      sent.on('error', reject);
      sent.end(text);
    });
  }

  async #expect<T = LiveObject>(what: string, method: string, path: string, body?: unknown, contentType = JSON_TYPE): Promise<T> {
    const answer = await this.send(method, path, body, contentType);
    if (answer.status >= 300) throw new KubeError(what, answer);
    return answer.body as T;
  }

  async #collection(kind: { readonly apiVersion: string; readonly kind: string }, namespace: string | undefined): Promise<string> {
    const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
    const resource = (await this.#discover(root)).find((item) => item.kind === kind.kind);
    if (resource === undefined) {
      this.#resources.delete(root);
      throw new KubeError(`find ${kind.kind}`, { status: 404, body: { message: `the server has no ${kind.apiVersion} ${kind.kind}` } });
    }
    if (!resource.namespaced) return `${root}/${resource.name}`;
    if (namespace === undefined) return `${root}/${resource.name}`;
    return `${root}/namespaces/${namespace}/${resource.name}`;
  }

  #discover(root: string): Promise<readonly ApiResource[]> {
    const known = this.#resources.get(root);
    if (known !== undefined) return known;
    const asked = this.send('GET', root).then(({ status, body }) => {
      if (status === 200) return (body as { resources: ApiResource[] }).resources.filter(({ name }) => !name.includes('/'));
      this.#resources.delete(root);
      return [];
    });
    this.#resources.set(root, asked);
    return asked;
  }
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const name = ({ kind, metadata }: ObjectRef) => `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

function query({ dryRun, fieldValidation = 'Strict' }: WriteOptions, apply?: ApplyOptions): string {
  const parameters = new URLSearchParams({ fieldValidation });
  if (dryRun) parameters.set('dryRun', 'All');
  if (apply !== undefined) parameters.set('fieldManager', apply.manager);
  if (apply?.force) parameters.set('force', 'true');
  return `?${parameters}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
