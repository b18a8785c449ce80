import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** How to reach an API server and as whom. Plain data, because vitest hands it from its main process to the tests. */
export interface Connection {
  readonly server: string;
  /** PEM of the certificate authority; null trusts what Node trusts. */
  readonly ca: string | null;
  readonly user: { readonly token: string } | { readonly certificate: string; readonly key: string };
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string; readonly user: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: Readonly<Record<string, string>> }[];
  readonly users?: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
}

/** The current context of a kubeconfig file: token or client certificate, inline or in files. */
export function connectionOf(file: string): Connection {
  const config: Kubeconfig = parse(readFileSync(file, 'utf8'));
  const context = named(config.contexts, config['current-context'] ?? '', 'context', file).context;
  const cluster = named(config.clusters, context.cluster, 'cluster', file).cluster;
  const user = named(config.users, context.user, 'user', file).user;
  const pem = (from: Readonly<Record<string, string>>, field: string): string | null => {
    const inline = from[`${field}-data`];
    if (inline !== undefined) return Buffer.from(inline, 'base64').toString('utf8');
    const path = from[field];
    return path === undefined ? null : readFileSync(resolve(dirname(file), path), 'utf8');
  };
  const certificate = pem(user, 'client-certificate');
  const key = pem(user, 'client-key');
  const token = user.token ?? (user.tokenFile === undefined ? undefined : readFileSync(user.tokenFile, 'utf8').trim());
  if (cluster.server === undefined) throw new Error(`${file}: cluster ${context.cluster} has no server`);
  const common = { server: cluster.server, ca: pem(cluster, 'certificate-authority') };
  if (token !== undefined) return { ...common, user: { token } };
  if (certificate !== null && key !== null) return { ...common, user: { certificate, key } };
  throw new Error(`${file}: user ${context.user} has neither a token nor a client certificate; other logins are not supported here`);
}

function named<T extends { readonly name: string }>(list: readonly T[] | undefined, name: string, what: string, file: string): T {
  const found = list?.find((item) => item.name === name);
  if (found === undefined) throw new Error(`${file}: no ${what} '${name}'`);
  return found;
}
