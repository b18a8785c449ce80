import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Stored {
  metadata: { name: string; namespace: string; labels?: Record<string, string>; resourceVersion?: string };
  data?: Record<string, string>;
  [field: string]: unknown;
}

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** The part of a Kubernetes API server that the commands meet, over HTTP: objects by path, versions, merge patches, pages. */
export class ApiServer {
  /** Every request, in order. */
  readonly heard: Heard[] = [];
  /** Called before a request is answered: to change something, or to answer otherwise. */
  before: (method: string, path: string) => { readonly status: number; readonly message: string } | undefined = () => undefined;
  private readonly objects = new Map<string, Stored>();
  private version = 100;
  private port = 0;

  /** Started, and stopped when the test ends. */
  static async start(): Promise<ApiServer> {
    const api = new ApiServer();
    const server = createServer(async (request, response) => {
      const { status, body } = await api.answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    api.port = (server.address() as AddressInfo).port;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return api;
  }

  /** A kubeconfig that leads here. */
  get kubeconfig(): string {
    return `apiVersion: v1
kind: Config
current-context: here
clusters: [{name: here, cluster: {server: 'http://127.0.0.1:${this.port}'}}]
users: [{name: operator@here, user: {token: secret}}]
contexts: [{name: here, context: {cluster: here, user: operator@here, namespace: shop}}]
`;
  }

  put(path: string, object: Omit<Stored, 'metadata'>, labels: Record<string, string> = {}): void {
    const [namespace = '', , name = ''] = path.split('/').slice(-3);
    const metadata = { name, namespace, labels, resourceVersion: String(this.version++) };
    this.objects.set(path, { ...object, metadata });
  }

  remove(path: string): void {
    this.objects.delete(path);
  }

  find(path: string): Stored | undefined {
    return this.objects.get(path);
  }

  private async answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> {
    const { method = '', url: address = '', headers } = request;
    this.heard.push({ method, path: address, authorization: headers.authorization });
    const refused = this.before(method, address);
    if (refused) return { status: refused.status, body: { kind: 'Status', message: refused.message } };
    const url = new URL(address, 'http://api');
    const found = this.objects.get(url.pathname);
    if (method === 'GET') return found ? { status: 200, body: found } : this.list(url);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString());
    return headers['content-type'] === 'application/apply-patch+yaml' ? this.create(url.pathname, body) : this.merge(url.pathname, body);
  }

  private list({ pathname, searchParams }: URL): { readonly status: number; readonly body: unknown } {
    const selector = searchParams.get('labelSelector');
    const inside = new RegExp(`^${pathname.replace(/^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/([a-z]+)$/, '$1/namespaces/[^/]+/$2')}/`);
    if (selector === null && ![...this.objects.keys()].some((path) => inside.test(path)))
      return { status: 404, body: { kind: 'Status', message: `${pathname} not found` } };
    const wanted = selector?.split(',') ?? [];
    const all = [...this.objects]
      .filter(([path, { metadata }]) => {
        return inside.test(path) && wanted.every((one) => fits(one, metadata.labels ?? {}));
      })
      .map(([, object]) => object);
    const start = Number(searchParams.get('continue') ?? 0);
    const end = start + Math.min(2, Number(searchParams.get('limit')));
    return { status: 200, body: { metadata: end < all.length ? { continue: String(end) } : {}, items: all.slice(start, end) } };
  }

  /** Server-side apply in a version that no object has: a creation. */
  private create(path: string, object: Stored): { readonly status: number; readonly body: unknown } {
    if (object.metadata.resourceVersion !== '1') throw new Error('this apply could change what is there');
    if (this.objects.has(path)) return { status: 409, body: { kind: 'Status', reason: 'Conflict', message: 'uid mismatch' } };
    object.metadata.resourceVersion = String(this.version++);
    this.objects.set(path, object);
    return { status: 201, body: object };
  }

  private merge(path: string, patch: Stored): { readonly status: number; readonly body: unknown } {
    const object = this.objects.get(path);
    if (!object) return { status: 404, body: { kind: 'Status', message: 'not found' } };
    const expected = patch.metadata?.resourceVersion;
    if (expected !== undefined && expected !== object.metadata.resourceVersion)
      return { status: 409, body: { kind: 'Status', reason: 'Conflict', message: 'the object has been modified' } };
    const data: Record<string, string> = { ...object.data };
    for (const [key, value] of Object.entries(patch.data ?? {})) {
      if (value === null) delete data[key];
      else data[key] = value;
    }
    const next = { ...object, data, metadata: { ...object.metadata, resourceVersion: String(this.version++) } };
    this.objects.set(path, next);
    return { status: 200, body: next };
  }
}

/** `!key`, `key` or `key=value`. */
function fits(wanted: string, labels: Readonly<Record<string, string>>): boolean {
  const [key = '', value] = wanted.split('=');
  return key.startsWith('!') ? !(key.slice(1) in labels) : value === undefined ? key in labels : labels[key] === value;
}
