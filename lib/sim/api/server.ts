import type { ApiAnswer, ApiRequest } from '../../runner/index.ts';
import type { KubeObject } from './object.ts';
import { isMap, jsonPatch, mergePatch, type Operation } from './patch.ts';
import { selected, targetOf } from './target.ts';

/** What became of an object. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly path: string;
  readonly version: number;
  /** As it is now; of one that is deleted, as it was last. */
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
  /** Field manager. */
  readonly by: string;
}

/** Whether a change is one of the specification; not every kind counts them. */
export const respecified = ({ object, before }: Pick<Change, 'object' | 'before'>): boolean => !equal(object.spec, before?.spec);

/** How a write enters the managed fields. */
type Operator = 'Apply' | 'Update' | 'Status';

/**
 * The part of a Kubernetes API server that a release meets: versions and generations, who manages which field,
 * server-side apply, exclusive creation, both patches, preconditions, lists and a history to watch from. What it does
 * beyond the documentation is what a real one was seen to do.
 */
export class ApiServer {
  /** Called after each change, before anybody else can act. */
  changed: (change: Change) => void = () => {};
  /** By how many changes the next list is behind: a cache in between may be old. Reads of one object never are. */
  lag: () => number = () => 0;
  /** The time by its own clock, in milliseconds since 1970. */
  now: () => number = () => 0;
  /** Kubernetes Events, as `Warning Aborted: message`. */
  readonly events: string[] = [];
  /** The history from which a watch can begin; compaction shortens it. */
  readonly history: Change[] = [];
  /** Changes up to this version are forgotten: a watch from there must list anew. */
  compacted = 0;
  private readonly objects = new Map<string, KubeObject>();
  private readonly owners = new Map<string, Owner[]>();
  private latest = 100;
  private uids = 0;

  /** The version of the newest change. */
  get version(): number {
    return this.latest;
  }

  find(path: string): KubeObject | undefined {
    return this.objects.get(path);
  }

  at(path: string): KubeObject {
    const object = this.objects.get(path);
    if (object === undefined) throw new Error(`no object at ${path}`);
    return object;
  }

  /** Server-side apply with force, as a GitOps tool does; fields that it does not name stay as they are. */
  apply(path: string, object: KubeObject, manager: string): void {
    const before = this.objects.get(path);
    const merge = (part: 'spec' | 'data') =>
      isMap(object[part]) ? { [part]: { ...(part === 'spec' ? before?.spec : {}), ...object[part] } } : {};
    const metadata = { ...before?.metadata, ...object.metadata };
    this.store(
      path,
      { ...before, ...object, ...merge('spec'), ...merge('data'), metadata },
      manager,
      'Apply',
      Object.keys(object.spec ?? {}),
    );
  }

  /** A write of the whole object, as `kubectl edit` makes it; `change` returns what the object shall be. */
  edit(path: string, manager: string, change: (object: KubeObject) => KubeObject): void {
    this.store(path, change(this.at(path)), manager, 'Update');
  }

  /** A change of the status by a controller. */
  report(path: string, status: object, manager = 'kube-controller-manager'): void {
    const object = this.at(path);
    this.store(path, { ...object, status: { ...object.status, ...status } }, manager, 'Status');
  }

  delete(path: string, by = 'kubectl'): void {
    const before = this.objects.get(path);
    if (before === undefined) return;
    this.objects.delete(path);
    this.owners.delete(path);
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.latest) } };
    this.record({ type: 'DELETED', path, version: this.latest, object, before, by });
  }

  /** Forgets its history, as etcd does every few minutes. */
  compact(): void {
    this.compacted = this.latest;
    this.history.length = 0;
  }

  handle({ method, path: address, contentType, body }: ApiRequest): ApiAnswer {
    const target = targetOf(address);
    const manager = target.query.fieldManager ?? 'unknown';
    if (method === 'POST') return target.path.endsWith('/events') ? this.announce(body as KubeObject) : missing(target.path);
    const listed = selected(target);
    if (method === 'GET' && listed !== undefined) return this.list(listed);
    const scales = target.path.endsWith('/scale');
    const path = scales ? target.path.slice(0, -'/scale'.length) : target.path;
    const object = this.objects.get(path);
    if (method === 'GET') return object === undefined ? missing(path) : answer(200, object);
    if (contentType === 'application/apply-patch+yaml') return this.create(path, body as KubeObject, manager);
    if (object === undefined) return missing(path);
    const precise = contentType === 'application/json-patch+json';
    const next = (precise ? jsonPatch(object, body as Operation[]) : mergePatch(object, body)) as KubeObject | null;
    if (next === null) return refusal(422, 'Invalid', 'the server rejected our request due to an error in our request');
    if (next.metadata.resourceVersion !== object.metadata.resourceVersion) return refusal(409, 'Conflict', 'the object has been modified');
    const stored = this.store(path, next, manager, 'Update');
    return answer(200, scales ? { kind: 'Scale', metadata: stored.metadata, spec: { replicas: stored.spec.replicas } } : stored);
  }

  private list(path: string): ApiAnswer {
    const version = Math.max(this.compacted, this.latest - this.lag());
    const since = this.history.find((change) => change.path === path && change.version > version);
    const object = since === undefined ? this.objects.get(path) : since.before;
    return answer(200, {
      kind: `${object?.kind ?? ''}List`,
      metadata: { resourceVersion: String(version) },
      items: object === undefined ? [] : [object],
    });
  }

  /** Of an object with version 1 there is none, so an apply that names it creates, or conflicts; one without takes over. */
  private create(path: string, body: KubeObject, manager: string): ApiAnswer {
    const { resourceVersion, ...metadata } = body.metadata;
    if (resourceVersion !== '1' && resourceVersion !== undefined)
      return refusal(400, 'BadRequest', 'the simulation knows no other version');
    if (resourceVersion === '1' && this.objects.has(path)) return refusal(409, 'Conflict', 'the object has been modified');
    return answer(201, this.store(path, { ...body, metadata }, manager, 'Apply', Object.keys(body.spec ?? {})));
  }

  private announce(event: KubeObject): ApiAnswer {
    this.events.push(`${event.type} ${event.reason}: ${event.message ?? event.note}`);
    return answer(201, event);
  }

  private store(path: string, next: KubeObject, manager: string, operator: Operator, applied: readonly string[] = []): KubeObject {
    const before = this.objects.get(path);
    const same = (part: string) => equal(before?.[part], next[part]);
    const owners = this.owned(path, before, next, manager, operator, applied);
    const specSame = before !== undefined && same('spec');
    const annotated = !equal(before?.metadata.annotations, next.metadata.annotations);
    if (specSame && owners === this.owners.get(path) && same('status') && same('data') && !annotated) return before;
    this.owners.set(path, owners);
    const metadata = {
      ...next.metadata,
      uid: before?.metadata.uid ?? `uid-${++this.uids}`,
      // Without parts of seconds.
      creationTimestamp: before?.metadata.creationTimestamp ?? new Date(this.now()).toISOString().replace(/\.\d+/, ''),
      // A Service has none.
      ...(next.kind === 'Service' ? {} : { generation: (before?.metadata.generation ?? 0) + (specSame ? 0 : 1) }),
      resourceVersion: String(++this.latest),
      managedFields: owners.map(({ manager, operator, fields }) =>
        operator === 'Status'
          ? { manager, operation: 'Update', subresource: 'status', fieldsV1: { 'f:status': {} } }
          : { manager, operation: operator, fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) } },
      ),
    };
    const object = { ...next, metadata };
    this.objects.set(path, object);
    this.record({ type: before === undefined ? 'ADDED' : 'MODIFIED', path, version: this.latest, object, before, by: manager });
    return object;
  }

  /** Fields of a specification are atomic: a change makes its author the only owner, an equal apply one more. */
  private owned(
    path: string,
    before: KubeObject | undefined,
    next: KubeObject,
    manager: string,
    operator: Operator,
    applied: readonly string[],
  ) {
    const owners = this.owners.get(path) ?? [];
    if (operator === 'Status') {
      const known = owners.some((owner) => owner.operator === 'Status' && owner.manager === manager);
      return known ? owners : [...owners, { manager, operator, fields: [] }];
    }
    const fields = Object.keys(next.spec ?? {});
    const changed = fields.filter((field) => !equal(before?.spec?.[field], next.spec[field]));
    const own = owners.find((owner) => owner.manager === manager && owner.operator === operator)?.fields ?? [];
    const gained = [...changed, ...applied.filter((field) => !changed.includes(field))].filter((field) => !own.includes(field));
    if (changed.length === 0 && gained.length === 0) return owners;
    const others = owners
      .filter((owner) => owner.manager !== manager || owner.operator !== operator)
      .map((owner) => ({ ...owner, fields: owner.fields.filter((field) => !changed.includes(field)) }))
      .filter((owner) => owner.operator === 'Status' || owner.fields.length > 0);
    return [...others, { manager, operator, fields: [...own, ...gained] }];
  }

  private record(change: Change): void {
    this.history.push(change);
    this.changed(change);
  }
}

/** Everybody may ask what he may do; here nobody answers, and what the runner's Role allows is checked by the invariants. */
export const RIGHTS_REVIEW = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';

interface Owner {
  readonly manager: string;
  readonly operator: Operator;
  /** Names of fields of the specification. */
  readonly fields: readonly string[];
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => equal(left[key], right[key]));
}

export const answer = (status: number, body: unknown, retryAfterMilliseconds: number | null = null): ApiAnswer => ({
  status,
  body,
  retryAfterMilliseconds,
});

export const refusal = (code: number, reason: string, message: string): ApiAnswer =>
  answer(code, { kind: 'Status', status: 'Failure', code, reason, message });

const missing = (path: string): ApiAnswer => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return answer(404, { kind: 'Status', code: 404, reason: 'NotFound', message: `"${name}" not found`, details: { name } });
};
