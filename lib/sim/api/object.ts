/** An object as the API server holds it. What was stored is never changed in place: it may be shared. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind, reached into by controllers of their kind
  readonly [field: string]: any;
}

/** A part of the address of an object, all but its namespace. */
export interface Address {
  readonly apiVersion: string;
  readonly resource: string;
  readonly name: string;
}

export const pathOf = (namespace: string, { apiVersion, resource, name }: Address): string =>
  `${apiVersion.includes('/') ? '/apis/' : '/api/'}${apiVersion}/namespaces/${namespace}/${resource}/${name}`;

export const configMapPath = (namespace: string, name: string): string =>
  pathOf(namespace, { apiVersion: 'v1', resource: 'configmaps', name });
export const deploymentPath = (namespace: string, name: string): string =>
  pathOf(namespace, { apiVersion: 'apps/v1', resource: 'deployments', name });
export const jobPath = (namespace: string, name: string): string => pathOf(namespace, { apiVersion: 'batch/v1', resource: 'jobs', name });
