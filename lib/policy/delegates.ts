import type { Entry } from './read/objects.ts';
import { VIRTUAL_SERVICE } from './routes.ts';
import type { Complaint, Context } from './rule.ts';
import type { ObjectSet } from './set.ts';
import { at, fieldsAt, indexed, listAt, textAt } from './shape.ts';

/**
 * Istio's delegation: a route of a root VirtualService names another VirtualService, which has neither hosts nor
 * delegates of its own. What does not fit together Istio leaves out without a word, and the requests find no route.
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate
 */
export function* delegation(entry: Entry, context: Context): Iterable<Complaint> {
  const routes = indexed(listAt(entry.value, 'spec', 'http'));
  for (const [index, route] of routes)
    if (at(route, 'delegate') !== undefined) yield* toDelegate(entry, route, ['spec', 'http', String(index)], context);
  if (isDelegate(entry)) yield* fromRoot(entry, context);
}

/** Without hosts it is for nobody, unless a root names it. */
const isDelegate = ({ value }: Entry): boolean => listAt(value, 'spec', 'hosts').length === 0;

interface Named {
  readonly namespace: string | null;
  readonly name: string;
}

function named(route: unknown, root: Entry): Named | null {
  const name = textAt(route, 'delegate', 'name');
  return name === null ? null : { namespace: textAt(route, 'delegate', 'namespace') ?? root.id.namespace, name };
}

function* toDelegate(root: Entry, route: unknown, path: readonly string[], { set, isExternal }: Context): Iterable<Complaint> {
  const reference = named(route, root);
  if (reference === null) return;
  const { namespace, name } = reference;
  const place = [...path, 'delegate', 'name'];
  if (isDelegate(root)) yield { path: place, message: 'it has no hosts, so it is a delegate itself, and Istio follows one level only.' };
  const beside = ['route', 'redirect', 'directResponse'].filter((field) => at(route, field) !== undefined);
  if (beside.length > 0)
    yield { path: place, message: `the route has a ${beside.join(' and a ')} beside its delegate; Istio refuses both at once.` };
  const found = set.find({ kind: VIRTUAL_SERVICE, namespace, name }, root);
  if (!found) {
    if (!isExternal(VIRTUAL_SERVICE, namespace, name))
      yield { path: place, message: `VirtualService '${name}' is not in the set: unverified.`, severity: 'info' };
    return;
  }
  if (!isDelegate(found)) {
    yield { path: place, message: `VirtualService '${name}' has hosts of its own, so Istio does not take it for a delegate.` };
    return;
  }
  yield* leftOut(route, found, root);
}

/** Each match of a delegate's route must lie within a match of the root's, else the whole route is left out. */
function* leftOut(root: unknown, delegate: Entry, { id }: Entry): Iterable<Complaint> {
  const around = listAt(root, 'match');
  if (around.length === 0) return;
  for (const [index, route] of indexed(listAt(delegate.value, 'spec', 'http')))
    for (const [number, match] of indexed(listAt(route, 'match')))
      if (!around.some((one) => isWithin(match, one)))
        yield {
          entry: delegate,
          path: ['spec', 'http', String(index), 'match', String(number)],
          message: `${words(match)} is not within what VirtualService '${id.name}' hands on (${around.map(words).join(', ')}), so Istio leaves the route out.`,
        };
}

/** As Istio compares paths; what has a pattern is within nothing. */
function isWithin(match: unknown, root: unknown): boolean {
  const [own, outer] = [fieldsAt(match, 'uri'), fieldsAt(root, 'uri')];
  if (Object.keys(own).length === 0 || Object.keys(outer).length === 0) return true;
  const value = textAt(own, 'exact') ?? textAt(own, 'prefix');
  const [exact, prefix] = [textAt(outer, 'exact'), textAt(outer, 'prefix')];
  if (value === null) return false;
  return exact === null ? prefix !== null && value.startsWith(prefix) : textAt(own, 'exact') === exact;
}

function words(match: unknown): string {
  const [[kind, value] = ['', '']] = Object.entries(fieldsAt(match, 'uri'));
  if (kind === '') return 'every path';
  return kind === 'prefix' ? `${value}*` : kind === 'regex' ? `pattern ${value}` : String(value);
}

function* fromRoot(entry: Entry, { set, releases }: Context): Iterable<Complaint> {
  const { namespace, name } = entry.id;
  if (!releases.includes(entry) || rootsOf(set).has(`${namespace}/${name}`)) return;
  yield {
    path: ['spec'],
    message: 'no VirtualService of the set delegates to it, and it has no hosts of its own: unverified.',
    severity: 'info',
  };
}

const ROOTS = new WeakMap<ObjectSet, ReadonlySet<string>>();

/** Delegates that some VirtualService with hosts names. */
function rootsOf(set: ObjectSet): ReadonlySet<string> {
  let roots = ROOTS.get(set);
  if (!roots) {
    const entries = set.ofKind(VIRTUAL_SERVICE).filter((entry) => !isDelegate(entry));
    const references = entries.flatMap((entry) => listAt(entry.value, 'spec', 'http').map((route) => named(route, entry)));
    roots = new Set(references.flatMap((reference) => (reference === null ? [] : [`${reference.namespace}/${reference.name}`])));
    ROOTS.set(set, roots);
  }
  return roots;
}
