import { App, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { KubeObject } from '../schema/index.ts';

/** What every App resolves with, beside what it was given. */
const OWN_RESOLVERS = new App().resolvers.length;

/** Whether objects of a construct are emitted as they are: no chart adds its labels, and nothing resolves what they hold. */
export function isEmittedPlainly(construct: IConstruct): boolean {
  const { resolvers } = construct.node.root as Partial<App>;
  return Object.keys(Chart.of(construct).labels).length === 0 && resolvers?.length === OWN_RESOLVERS;
}

/**
 * What `toJson` of an ApiObject that is made of an object gives, which names its namespace: keys in the order of their
 * names, nothing that is null, and no metadata that is empty.
 * @see cdk8s ApiObject.toJson
 */
export function asEmitted(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata: tidied(metadata, true), ...tidied(rest, false) } as KubeObject;
}

function tidied<T>(value: T, withoutEmpty: boolean): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => tidied(item, withoutEmpty)) as T;
  const copy: Record<string, unknown> = {};
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields).sort()) {
    const field = tidied(fields[key], withoutEmpty);
    if (field !== null && field !== undefined && !(withoutEmpty && isEmpty(field))) copy[key] = field;
  }
  return copy as T;
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
