import type { ApiAnswer, ApiRequest } from '../../lib/runner/index.ts';

export interface KubeObject {
  apiVersion: string;
  kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: objects of any kind, changed in place by tests
  [field: string]: any;
}

/** The part of a Kubernetes API server that the runner meets: versions, ownership, patches, exclusive creation. */
export class FakeApi {
  readonly events: string[] = [];
  /** Called after each change of an object. */
  changed: (path: string, by: string) => void = () => {};
  /** Milliseconds since 1970. */
  now: () => number = () => 0;
  private readonly watchers = new Set<(path: string, type: 'MODIFIED' | 'DELETED') => void>();
  private readonly objects = new Map<string, KubeObject>();
  private version = 100;

  find(path: string): KubeObject | undefined {
    return this.objects.get(path);
  }

  at(path: string): KubeObject {
    const object = this.objects.get(path);
    if (object === undefined) throw new Error(`no object at ${path}`);
    return object;
  }

  delete(path: string): void {
    const gone = this.objects.get(path);
    if (gone === undefined) return;
    this.tell(path, 'DELETED');
    this.objects.delete(path);
  }

  /** Hands out what changes at a path from now on. Returns how to stop. */
  watch(path: string, receive: (event: { readonly type: string; readonly object: KubeObject }) => void): () => void {
    const tell = (changed: string, type: string) => changed === path && receive({ type, object: structuredClone(this.at(path)) });
    this.watchers.add(tell);
    return () => this.watchers.delete(tell);
  }

  private tell(path: string, type: 'MODIFIED' | 'DELETED'): void {
    for (const watcher of [...this.watchers]) watcher(path, type);
  }

  /** Server-side apply of a whole object with force, as a GitOps tool does. */
  apply(path: string, object: KubeObject, manager: string): void {
    const before = this.objects.get(path);
    this.store(
      path,
      { ...structuredClone(object), status: before?.status, metadata: { ...before?.metadata, ...object.metadata } },
      manager,
      'Apply',
    );
  }

  /** A change in place, as `kubectl edit` makes it. */
  edit(path: string, manager: string, change: (object: KubeObject) => void): void {
    const object = structuredClone(this.at(path));
    change(object);
    this.store(path, object, manager, 'Update');
  }

  /** A change of the status by a controller. */
  report(path: string, status: object): void {
    const object = structuredClone(this.at(path));
    object.status = { ...object.status, ...status };
    this.store(path, object, 'controller', 'Status');
  }

  handle({ method, path: address, contentType, body }: ApiRequest): ApiAnswer {
    const url = new URL(address, 'https://api');
    const manager = url.searchParams.get('fieldManager') ?? '';
    const scales = url.pathname.endsWith('/scale');
    const path = scales ? url.pathname.slice(0, -'/scale'.length) : url.pathname;
    const selected = url.searchParams.get('fieldSelector');
    if (selected !== null) {
      const object = this.objects.get(`${path}/${selected.replace('metadata.name=', '')}`);
      const items = object === undefined ? [] : [structuredClone(object)];
      return answer(200, { kind: 'List', metadata: { resourceVersion: String(this.version) }, items });
    }
    if (method === 'POST') {
      if (!path.endsWith('/events')) return missing(path);
      const event = body as KubeObject;
      this.events.push(`${event.type} ${event.reason}: ${event.message}`);
      return answer(201, event);
    }
    const object = this.objects.get(path);
    if (method === 'GET') return object === undefined ? missing(path) : answer(200, structuredClone(object));
    switch (contentType) {
      case 'application/apply-patch+yaml':
        return this.serverSideApply(path, body as KubeObject, manager);
      case 'application/json-patch+json':
        return object === undefined ? missing(path) : this.jsonPatch(path, object, body as Operation[], manager);
      case 'application/merge-patch+json':
        return object === undefined ? missing(path) : this.mergePatch(path, object, body as KubeObject, manager);
      default:
        return answer(415, { message: `content type ${contentType}` });
    }
  }

  /** In the version that no object has it can only create; without one it takes whatever is there over. */
  private serverSideApply(path: string, body: KubeObject, manager: string): ApiAnswer {
    if (body.metadata.resourceVersion === '1' && this.objects.has(path)) return answer(409, { message: 'the object has been modified' });
    this.store(path, structuredClone(body), manager, 'Apply');
    return answer(201, structuredClone(this.at(path)));
  }

  private jsonPatch(path: string, object: KubeObject, operations: readonly Operation[], manager: string): ApiAnswer {
    const next = structuredClone(object);
    for (const { op, path: pointer, value } of operations) {
      const keys = pointer.split('/').slice(1);
      const last = keys.pop() as string;
      // biome-ignore lint/suspicious/noExplicitAny: walks an object of any kind
      const parent = keys.map((key) => key.replaceAll('~1', '/')).reduce<any>((part, key) => part?.[key], next);
      if (op === 'add' && parent !== undefined) {
        parent[last.replaceAll('~1', '/')] = value;
        continue;
      }
      if (parent?.[last] === undefined) return answer(422, { message: 'the server rejected our request due to an error in our request' });
      if (op === 'test' && JSON.stringify(parent[last]) !== JSON.stringify(value)) return answer(422, { message: 'test failed' });
      if (op === 'replace') parent[last] = value;
    }
    if (next.metadata.resourceVersion !== object.metadata.resourceVersion) return answer(409, { message: 'the object has been modified' });
    this.store(path, next, manager, 'Update');
    return answer(200, structuredClone(this.at(path)));
  }

  private mergePatch(path: string, object: KubeObject, patch: KubeObject, manager: string): ApiAnswer {
    const wanted = patch.metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== object.metadata.resourceVersion) return answer(409, { message: 'the object has been modified' });
    const next = structuredClone(object);
    next.spec = patch.spec === undefined ? next.spec : { ...next.spec, ...patch.spec };
    if (patch.data !== undefined)
      next.data = Object.fromEntries(Object.entries({ ...next.data, ...patch.data }).filter(([, text]) => text !== null));
    this.store(path, next, manager, 'Update');
    return answer(200, structuredClone(this.at(path)));
  }

  /** Lists in a specification are atomic: a change makes its author their only owner, an equal apply one more. */
  private store(path: string, next: KubeObject, manager: string, operation: 'Apply' | 'Update' | 'Status'): void {
    const before = this.objects.get(path);
    const same = (part: string) => JSON.stringify(before?.[part]) === JSON.stringify(next[part]);
    const metadata = {
      ...next.metadata,
      uid: before?.metadata.uid ?? next.metadata.uid ?? `uid-${path}`,
      creationTimestamp: before?.metadata.creationTimestamp ?? timestamp(this.now()),
    };
    const entry = {
      manager,
      operation,
      fieldsV1: { 'f:spec': Object.fromEntries(Object.keys(next.spec ?? {}).map((key) => [`f:${key}`, {}])) },
    };
    if (before === undefined || !same('spec')) {
      metadata.generation = (before?.metadata.generation ?? 0) + 1;
      metadata.managedFields = [entry];
    } else if (operation === 'Apply') {
      const others = before.metadata.managedFields.filter((other: { manager: string }) => other.manager !== manager);
      metadata.managedFields = [...others, entry];
    }
    const marks = JSON.stringify(before?.metadata.annotations) !== JSON.stringify(next.metadata.annotations);
    const touched = marks || before === undefined || !same('spec') || !same('status') || !same('data');
    metadata.resourceVersion = touched ? String(++this.version) : before.metadata.resourceVersion;
    this.objects.set(path, { ...next, metadata });
    if (touched) {
      this.tell(path, 'MODIFIED');
      this.changed(path, manager);
    }
  }
}

interface Operation {
  readonly op: 'replace' | 'test' | 'add';
  readonly path: string;
  readonly value: unknown;
}

const answer = (status: number, body: unknown): ApiAnswer => ({ status, body, retryAfterMilliseconds: null });
const missing = (path: string): ApiAnswer =>
  answer(404, { message: 'not found', details: { name: path.slice(path.lastIndexOf('/') + 1) } });

/** API servers tell no parts of seconds. */
const timestamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '');
