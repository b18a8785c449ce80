// How a person's kubeconfig leads to a cluster: whatever kubectl would do with it, or one error that says why not.
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { type ConnectionOptions, type Credentials, inCluster, tokenFile } from '../runner/connection.ts';
import { ProblemError } from '../schema/index.ts';
import { type ExecPlugin, execCredentials } from './exec-credential.ts';
import { type Entry, Kubeconfig, readKubeconfigFile } from './kubeconfig-files.ts';

export interface KubeconfigOptions {
  /** As the command line names it; null: the files of $KUBECONFIG, then `~/.kube/config`, then the pod's own account. */
  readonly file: string | null;
  /** null: the current one. */
  readonly context: string | null;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** @default the person's */
  readonly home?: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** Where a cluster is, who asks, and for which namespace. */
export interface ClusterAccess {
  readonly connection: ConnectionOptions;
  /** The context's, or `default`. */
  readonly namespace: string;
  /** Names as the kubeconfig has them; null in a pod, and where a context names no user. */
  readonly context: string | null;
  readonly user: string | null;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** @throws ProblemError with the file, the place in it and a remedy */
export function readKubeconfig(options: KubeconfigOptions): ClusterAccess {
  const { env = process.env, now = Date.now } = options;
  const files = filesOf(options);
  if (files.length === 0) return ownAccess(options, env, now);
  const config = new Kubeconfig(files.map(readKubeconfigFile));
  const context = config.context(options.context);
  const clusterName = context.text('cluster');
  if (clusterName === null) throw context.problem('cluster', 'is missing.', 'Write which of the clusters it is.');
  const cluster = config.entry('clusters', clusterName, context.at('cluster'));
  const userName = context.text('user');
  const user = userName === null ? null : config.entry('users', userName, context.at('user'));
  const server = serverOf(cluster);
  const tls = tlsOf(cluster);
  const credentials = user && credentialsOf(user, { cluster, server, env, now });
  if (credentials && server.protocol === 'http:' && !isLoopback(server))
    throw cluster.problem('server', 'sends the credentials of its user in the clear.', 'Use an https:// address.');
  return {
    connection: { server: server.href.replace(/\/$/, ''), tls, ...(credentials ? { credentials } : {}) },
    namespace: context.text('namespace') || 'default',
    context: context.name,
    user: userName,
  };
}

/** Files that are to be merged; none: there is no kubeconfig. */
function filesOf({ file, env = process.env, home = homedir() }: KubeconfigOptions): readonly string[] {
  if (file !== null) return [file];
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  // As kubectl does: of several files some may be missing.
  const there = [...new Set(listed)].filter((path) => existsSync(path));
  if (listed.length > 0 && there.length === 0)
    throw problem(`there is no file ${listed.join(', ')}, which $KUBECONFIG names.`, 'Correct $KUBECONFIG, or use --kubeconfig FILE.');
  const usual = join(home, '.kube', 'config');
  return listed.length > 0 || !existsSync(usual) ? there : [usual];
}

/** The pod's own account, where this runs in one. */
function ownAccess({ context }: KubeconfigOptions, env: NodeJS.ProcessEnv, now: () => number): ClusterAccess {
  const remedy = 'Use --kubeconfig FILE, or set $KUBECONFIG.';
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!host) throw problem('there is no kubeconfig: $KUBECONFIG is not set, and ~/.kube/config does not exist.', remedy);
  if (context !== null) throw problem(`there is no kubeconfig, so no context ${context}; the pod's own account has none.`, remedy);
  const directory = env.TIDEGATE_SERVICEACCOUNT_DIR || SERVICE_ACCOUNT;
  const port = Number(env.KUBERNETES_SERVICE_PORT || 443);
  try {
    const namespaceFile = join(directory, 'namespace');
    const namespace = existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default';
    return { connection: inCluster({ host, port, directory, now }), namespace, context: null, user: null };
  } catch (error) {
    throw problem(`there is no kubeconfig, and the pod's own account cannot be read: ${(error as Error).message}.`, remedy);
  }
}

function serverOf(cluster: Entry): URL {
  const written = cluster.text('server');
  const remedy = 'Write the address of the API server, such as https://api.example.com:6443.';
  if (written === null) throw cluster.problem('server', 'is missing.', remedy);
  const server = URL.canParse(written) ? new URL(written) : null;
  if (server === null || !/^https?:$/.test(server.protocol) || server.username || server.search || server.hash)
    throw cluster.problem('server', `is not the address of an API server: ${written}`, remedy);
  return server;
}

const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

function tlsOf(cluster: Entry): NonNullable<ConnectionOptions['tls']> {
  if (cluster.text('proxy-url') !== null)
    throw cluster.problem('proxy-url', 'is not supported.', 'Use a context that reaches the API server directly, or run `kubectl proxy`.');
  const field = cluster.written('certificate-authority');
  const ca = cluster.pem('certificate-authority');
  const insecure = cluster.fields['insecure-skip-tls-verify'] === true;
  if (ca !== null && insecure)
    throw cluster.problem('insecure-skip-tls-verify', `contradicts ${field}.`, 'Remove it: a certificate that is named is checked.');
  if (ca !== null) check(cluster, field, () => new X509Certificate(ca));
  const servername = cluster.text('tls-server-name');
  return {
    ...(ca === null ? {} : { ca }),
    ...(servername === null ? {} : { servername }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}

interface Asked {
  readonly cluster: Entry;
  readonly server: URL;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
}

/** In kubectl's order: a certificate beside a token file, a token, a password or a plugin. */
function credentialsOf(user: Entry, asked: Asked): Credentials | null {
  refuseUnknown(user);
  const certificate = certificateOf(user);
  const path = user.path('tokenFile');
  const [token, username] = [user.text('token'), user.text('username')];
  const plugin = pluginOf(user, asked);
  if (path !== null) {
    check(user, 'tokenFile', () => readFileSync(path), 'Correct the path, which starts from the folder of the kubeconfig.');
    return beside(certificate, tokenFile(path, asked.now));
  }
  if (token !== null) return constant({ ...certificate, authorization: `Bearer ${token}` });
  if (username !== null) {
    const basic = Buffer.from(`${username}:${user.text('password') ?? ''}`).toString('base64');
    return constant({ ...certificate, authorization: `Basic ${basic}` });
  }
  if (plugin !== null) return beside(certificate, execCredentials(plugin, asked));
  return certificate && constant(certificate);
}

/** What would make somebody else of the person, or nobody, if it were passed over. */
function refuseUnknown(user: Entry): void {
  for (const field of ['as', 'as-uid', 'as-groups', 'as-user-extra'])
    if (user.fields[field]) throw user.problem(field, 'is not supported: nobody is impersonated here.', 'Use a user without it.');
  if (user.fields['auth-provider'])
    throw user.problem('auth-provider', 'is not supported, as in kubectl since 1.26.', 'Use an exec plugin: your cloud’s CLI writes one.');
}

function certificateOf(user: Entry): { readonly cert: string; readonly key: string } | null {
  const [cert, key] = [user.pem('client-certificate'), user.pem('client-key')];
  if (cert === null && key === null) return null;
  if (key === null) throw user.problem('client-key', 'is missing beside client-certificate.', 'Write both, or neither.');
  if (cert === null) throw user.problem('client-certificate', 'is missing beside client-key.', 'Write both, or neither.');
  check(user, user.written('client-certificate'), () => new X509Certificate(cert));
  check(user, user.written('client-key'), () => createSecureContext({ cert, key }));
  return { cert, key };
}

function pluginOf(user: Entry, { cluster, server }: Asked): ExecPlugin | null {
  const written = user.fields.exec as Omit<ExecPlugin, 'origin' | 'cluster'> | null | undefined;
  if (!written) return null;
  if (written.env?.some(({ value }) => typeof value !== 'string'))
    throw user.problem('exec', 'has a value in env that is no text.', 'Write it in quotes.');
  const { path, at } = user.at('exec');
  const extensions = (cluster.fields.extensions ?? []) as readonly { readonly name?: unknown; readonly extension?: unknown }[];
  const ca = cluster.pem('certificate-authority');
  return {
    ...written,
    // A name is looked up in $PATH, anything else starts from the kubeconfig.
    command: /[\\/]/.test(written.command) ? user.resolve(written.command) : written.command,
    origin: { path, at },
    cluster: {
      server: server.href.replace(/\/$/, ''),
      ...(cluster.text('tls-server-name') === null ? {} : { 'tls-server-name': cluster.text('tls-server-name') }),
      ...(cluster.fields['insecure-skip-tls-verify'] === true ? { 'insecure-skip-tls-verify': true } : {}),
      ...(ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
      config:
        (Array.isArray(extensions) ? extensions.find((one) => one?.name === 'client.authentication.k8s.io/exec')?.extension : null) ?? null,
    },
  };
}

function check(entry: Entry, field: string, use: () => unknown, help = 'It must be PEM, in base64 where the name ends in -data.'): void {
  try {
    use();
  } catch (error) {
    throw entry.problem(field, `cannot be used: ${(error as Error).message}.`, help);
  }
}

const constant = (credential: Awaited<ReturnType<Credentials['current']>>): Credentials => ({ current: () => credential, renew: () => {} });

const beside = (certificate: object | null, credentials: Credentials): Credentials => ({
  current: async () => ({ ...certificate, ...(await credentials.current()) }),
  renew: () => credentials.renew(),
});

const problem = (message: string, help: string): ProblemError => new ProblemError([{ message, help }]);
