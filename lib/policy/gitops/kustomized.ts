import { globPattern } from '../names.ts';
import { podTemplateOf } from '../pods.ts';
import { type Entry, nameOf } from '../read/objects.ts';
import { parse } from '../read/parse.ts';
import { at, fieldsAt, indexed, listAt, textAt } from '../shape.ts';

/** What somebody tells Kustomize to change, in a Kustomization of Flux or the source of an Application. */
export interface Kustomized {
  readonly changes: unknown;
  /** Path of `changes`. */
  readonly at: readonly string[];
}

/** One change that reaches objects of a release. */
export interface Change {
  readonly path: readonly string[];
  /** Follows the name of who says it. */
  readonly does: string;
  /** Whether it changes what a release is made of; what else a patch writes may be harmless. */
  readonly isGrave: boolean;
}

/** What of a release moves or is counted: a patch of it is not what was planned. */
const MOVED = /\b(?:replicas|image|weight|selector|suspend)\b|\$patch/;
const NAMED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** What of it changes these objects. */
export function* changesOf({ changes, at: place }: Kustomized, entries: readonly Entry[]): Iterable<Change> {
  const [first] = entries;
  if (first === undefined) return;
  for (const field of ['targetNamespace', 'namespace']) {
    const namespace = textAt(changes, field);
    const moved = namespace === null ? undefined : entries.find(({ id }) => id.namespace !== null && id.namespace !== namespace);
    if (moved) yield grave([...place, field], `puts ${nameOf(moved.id)} into namespace ${namespace}`);
  }
  for (const field of ['namePrefix', 'nameSuffix'])
    if (textAt(changes, field) !== null) yield grave([...place, field], `gives ${nameOf(first.id)} another name`);
  for (const [index, image] of indexed(listAt(changes, 'images'))) {
    const used = entries.find((entry) => imagesOf(entry).includes(imageNamed(image)));
    if (used) yield grave([...place, 'images', String(index)], `gives ${nameOf(used.id)} another image`);
  }
  for (const [index, { name, count }] of indexed(listAt(changes, 'replicas')).map(([at, one]) => [at, fieldsAt(one)] as const)) {
    const scaled = entries.find(({ id }) => id.kind === 'Deployment' && id.name === name);
    if (scaled) yield grave([...place, 'replicas', String(index)], `gives ${nameOf(scaled.id)} ${String(count)} pods`);
  }
  for (const [index, patch] of indexed(listAt(changes, 'patches'))) {
    const patched = patchedBy(patch, entries);
    if (patched)
      yield {
        path: [...place, 'patches', String(index)],
        does: `patches ${nameOf(patched.id)}`,
        isGrave: MOVED.test(textAt(patch, 'patch') ?? ''),
      };
  }
}

const grave = (path: readonly string[], does: string): Change => ({ path, does, isGrave: true });

const imagesOf = (entry: Entry): readonly string[] =>
  (podTemplateOf(entry)?.containers ?? []).map(({ value }) => nameOfImage(textAt(value, 'image') ?? ''));

/** Of `name=other:tag`, `name:tag` or fields. */
const imageNamed = (image: unknown): string =>
  typeof image === 'string' ? nameOfImage(image.replace(/=.*$/, '')) : (textAt(image, 'name') ?? '');

const nameOfImage = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/]*$/, '');

/** An object whose spec or data a patch changes; labels and annotations are nothing that a release is made of. */
function patchedBy(patch: unknown, entries: readonly Entry[]): Entry | undefined {
  const values = parse({ text: textAt(patch, 'patch') ?? '' }).values.filter((value) => value !== null && value !== undefined);
  if (values.length > 0 && values.every(isOfMetadata)) return undefined;
  const target = at(patch, 'target');
  if (target !== undefined) return entries.find((entry) => isTarget(target, entry));
  return entries.find(({ id }) =>
    values.some((value) => textAt(value, 'kind') === id.kind && textAt(value, 'metadata', 'name') === id.name),
  );
}

/** Of operations, or of what is merged. */
const isOfMetadata = (patch: unknown): boolean =>
  Array.isArray(patch)
    ? patch.every((operation) => /^\/metadata\/(?:labels|annotations)\b/.test(textAt(operation, 'path') ?? ''))
    : Object.keys(fieldsAt(patch)).every((key) => NAMED.has(key));

function isTarget(target: unknown, { id, value }: Entry): boolean {
  const fits = (field: string, own: string | null) => {
    const wanted = textAt(target, field);
    return wanted === null || own === null || pattern(wanted).test(own);
  };
  const labels = fieldsAt(value, 'metadata', 'labels');
  const isLabelled = (textAt(target, 'labelSelector') ?? '').split(',').every((part) => {
    const [, key, wanted] = /^\s*([\w./-]+)\s*==?\s*([\w.-]+)\s*$/.exec(part) ?? [];
    return key === undefined || labels[key] === wanted;
  });
  return fits('group', id.group) && fits('kind', id.kind) && fits('name', id.name) && fits('namespace', id.namespace) && isLabelled;
}

/** Kustomize has regular expressions here: all that is not plain counts as any characters. */
const pattern = (written: string): RegExp =>
  globPattern(
    written
      .replace(/^\^|\$$/g, '')
      .replaceAll(/\.\*|\([^()]*\)|\[[^[\]]*\]|[\\^$|?+()[\]{}*]+/g, '*')
      .replaceAll(/\*+/g, '*'),
  );
