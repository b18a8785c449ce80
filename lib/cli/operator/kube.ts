import { at } from '../../lock/revision.ts';
import type { RouteInstructions } from '../../plan/plan.ts';
import { oneLine } from '../../plan/words.ts';
import type { ApiAnswer, ApiRequest, Connection } from '../../runner/api.ts';
import { type KubeObject, ProblemError } from '../../schema/index.ts';

/** Under which name the API server records what the CLI writes. */
const FIELD_MANAGER = 'tidegate-cli';

/** The address of a kind within a namespace. */
export interface Kind {
  /** `/api/v1`, `/apis/apps/v1`. */
  readonly api: '/api/v1' | `/apis/${string}`;
  /** Plural name in the path. */
  readonly resource: string;
}

/** The kind that a route is of. */
export const routeKind = ({ apiVersion, resource }: Pick<RouteInstructions, 'apiVersion' | 'resource'>): Kind => ({
  api: apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`,
  resource,
});

export const CONFIG_MAPS: Kind = { api: '/api/v1', resource: 'configmaps' };
export const DEPLOYMENTS: Kind = { api: '/apis/apps/v1', resource: 'deployments' };

/** The few calls that a person's commands make, as that person. What fails is said in words that lead on. */
export class Kube {
  private readonly connection: Connection;
  /** Where the API server is, for messages. */
  private readonly server: string;

  constructor(connection: Connection, server: string) {
    this.connection = connection;
    this.server = server;
  }

  /** The object, or null where there is none. */
  async get(kind: Kind, namespace: string, name: string): Promise<unknown> {
    const answer = await this.send({ method: 'GET', path: pathOf(kind, namespace, name) });
    if (answer.status === 404) return null;
    return this.accepted(answer, `get ${kind.resource} ${name}`, namespace).body;
  }

  /** The object; null where there is none, or where this person may not see it. */
  async getIfAllowed(kind: Kind, namespace: string, name: string): Promise<unknown> {
    const answer = await this.send({ method: 'GET', path: pathOf(kind, namespace, name) });
    if (answer.status === 404 || answer.status === 403) return null;
    return this.accepted(answer, `get ${kind.resource} ${name}`, namespace).body;
  }

  /**
   * All objects of a kind, page by page; empty where the cluster has no such kind, null where this person may not see them.
   * @param namespace null: of all namespaces
   */
  async listIfAllowed(kind: Kind, namespace: string | null, labelSelector = ''): Promise<readonly unknown[] | null> {
    const all: unknown[] = [];
    let rest = '';
    do {
      const query = new URLSearchParams({ limit: '250', labelSelector, continue: rest });
      for (const name of ['labelSelector', 'continue']) if (query.get(name) === '') query.delete(name);
      const answer = await this.send({ method: 'GET', path: `${pathOf(kind, namespace)}?${query}` });
      if (answer.status === 404) return [];
      if (answer.status === 403) return null;
      const { body } = this.accepted(answer, `list ${kind.resource}`, namespace);
      const items = at(body, 'items');
      if (Array.isArray(items)) all.push(...items);
      rest = String(at(body, 'metadata', 'continue') ?? '');
    } while (rest !== '');
    return all;
  }

  /** All ConfigMaps with a label, page by page: each may have a megabyte, and an answer only four. @param namespace null: of all namespaces */
  async *listConfigMaps(namespace: string | null, labelSelector: string): AsyncGenerator<unknown> {
    let rest = '';
    do {
      const query = new URLSearchParams({ labelSelector, limit: '4', ...(rest === '' ? {} : { continue: rest }) });
      const answer = await this.send({ method: 'GET', path: `${pathOf(CONFIG_MAPS, namespace)}?${query}` });
      const { body } = this.accepted(answer, 'list configmaps', namespace);
      const items = at(body, 'items');
      if (Array.isArray(items)) yield* items;
      rest = String(at(body, 'metadata', 'continue') ?? '');
    } while (rest !== '');
  }

  /**
   * Creates an object; false: one of that name is there. By server-side apply, whose right can be bound to the name, in a
   * version that no object ever has, so that it cannot change one.
   */
  async create(kind: Kind, namespace: string, object: KubeObject): Promise<boolean> {
    const { name } = object.metadata;
    const path = `${pathOf(kind, namespace, name)}?fieldManager=${FIELD_MANAGER}`;
    const body = { ...object, metadata: { ...object.metadata, resourceVersion: '1' } };
    const answer = await this.send({ method: 'PATCH', path, contentType: 'application/apply-patch+yaml', body });
    if (answer.status === 409) return false;
    this.accepted(answer, `create ${kind.resource} ${name}`, namespace);
    return true;
  }

  /** A merge patch; false: the object is another one by now, as its `resourceVersion` in the patch tells, or gone. */
  async patch(kind: Kind, namespace: string, name: string, patch: unknown): Promise<boolean> {
    const path = `${pathOf(kind, namespace, name)}?fieldManager=${FIELD_MANAGER}`;
    const answer = await this.send({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: patch });
    if (answer.status === 409 || answer.status === 404) return false;
    this.accepted(answer, `patch ${kind.resource} ${name}`, namespace);
    return true;
  }

  private async send(request: ApiRequest): Promise<ApiAnswer> {
    let answer = await this.exchange(request);
    if (answer.status === 401) {
      this.connection.renewToken();
      answer = await this.exchange(request);
    }
    return answer;
  }

  private async exchange(request: ApiRequest): Promise<ApiAnswer> {
    try {
      return await this.connection.exchange(request);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      throw problem(
        `the API server ${this.server} gave no answer: ${error instanceof Error ? error.message : String(error)}.`,
        'Check --kubeconfig and --context, and whether `kubectl version` reaches it.',
      );
    }
  }

  private accepted(answer: ApiAnswer, what: string, namespace: string | null): ApiAnswer {
    const { status, body } = answer;
    if (status < 300) return answer;
    const where = namespace === null ? 'in all namespaces' : `in namespace ${namespace}`;
    const said = oneLine(String(at(body, 'message') ?? '')).replace(/\.?$/, '.');
    if (status === 401)
      throw problem(`the API server ${this.server} does not accept this login: ${said}`, 'Log in again, or choose another --context.');
    if (status === 403)
      throw problem(
        `you may not ${what} ${where}: ${said}`,
        'Ask whoever owns the namespace for that right, or go without it: `approve --git` by pull request, `record --from FILE`.',
      );
    throw problem(`the API server refused to ${what} ${where}: ${status} ${said}`, 'Try again; `kubectl` with the same login tells more.');
  }
}

function pathOf({ api, resource }: Kind, namespace: string | null, name?: string): string {
  const scope = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${api}${scope}/${resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

const problem = (message: string, help: string): ProblemError => new ProblemError([{ message, help }]);
