/** A Kubernetes object as plain data, as it is written to YAML. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** JSON as TypeScript sees it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** `apps/v1 Deployment shop/web`: how an object is named to a person. */
export function describeObject(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return `${object.apiVersion} ${object.kind} ${namespace ? `${namespace}/` : ''}${name}`;
}
