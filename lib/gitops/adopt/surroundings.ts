import { selects } from '../../lock/labels.ts';
import { at } from '../../lock/revision.ts';
import type { KubeObject } from '../../schema/index.ts';

/** What runs around a workload that is to be adopted, as a cluster or a file tells it. */
export interface Surroundings {
  /** Each with its namespace. */
  readonly objects: readonly KubeObject[];
  /** Kinds that could not be looked at, such as `Ingress of all namespaces`. */
  readonly unseen: readonly string[];
}

/** The objects of a kind in a namespace. */
export function ofKind({ objects }: Surroundings, kind: string, namespace: string): readonly KubeObject[] {
  return objects.filter((object) => object.kind === kind && object.metadata.namespace === namespace);
}

export const named = (objects: readonly KubeObject[], name: string): KubeObject | undefined =>
  objects.find(({ metadata }) => metadata.name === name);

/** Labels of a workload's pods. */
export const podLabels = (workload: KubeObject): Readonly<Record<string, string>> =>
  mapAt(workload, 'spec', 'template', 'metadata', 'labels');

/** Whether a selector of the form `{ matchLabels, matchExpressions }` selects pods; what it says in expressions is taken to hold. */
export const selectsPods = (selector: unknown, labels: Readonly<Record<string, string>>): boolean =>
  selects(mapAt(selector, 'matchLabels'), labels);

/** A map of texts at a path; empty where there is none. */
export function mapAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null ? (found as Readonly<Record<string, string>>) : {};
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((item) => typeof item === 'string');
}

export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : null;
}

/** `Service shop/web`: how an object is named in a sentence. */
export const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
