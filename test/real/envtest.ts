import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from './connection.ts';
import { Kube } from './kube.ts';
import { until } from './until.ts';

export interface ApiServer {
  readonly connection: Connection;
  stop(): Promise<void>;
  /** Nothing is answered until `thaw`; connections stay. */
  freeze(): void;
  thaw(): void;
  /** Ends it as a lost node would. */
  crash(): Promise<void>;
  /** Starts it again, and resolves once it is ready. */
  restart(): Promise<void>;
  /** Every request so far, where `audit` was asked for. */
  requests(): readonly AuditedRequest[];
}

export interface AuditedRequest {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
}

/**
 * Starts etcd and kube-apiserver from a folder of programs, as envtest does (`KUBEBUILDER_ASSETS`): RBAC, an admin by
 * token, free loopback ports, all data in one temporary folder. No controllers: Deployments make no pods.
 */
export async function startApiServer(assets: string, { audit = false } = {}): Promise<ApiServer> {
  const dir = mkdtempSync(join(tmpdir(), 'tidegate-envtest-'));
  const children: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]) => {
    const log = openSync(join(dir, `${program}.log`), 'a');
    const child = spawn(join(assets, program), args, { stdio: ['ignore', log, log] });
    closeSync(log);
    children.push(child);
    return child;
  };
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  // Also when the tests are interrupted: an API server left behind is worth 350 MiB.
  process.once('exit', killAll);
  const stop = async () => {
    process.removeListener('exit', killAll);
    const ended = children.map(
      (child) =>
        new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(null))),
    );
    killAll();
    await Promise.all(ended);
    rmSync(dir, { recursive: true, force: true });
  };

  try {
    const [etcdPort, port] = [await freePort(), await freePort()];
    const token = randomBytes(16).toString('hex');
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'sec1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writeFileSync(join(dir, 'accounts.key'), privateKey, { mode: 0o600 });
    writeFileSync(join(dir, 'tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
    start('etcd', etcdArguments(dir, etcdPort));
    const auditing = audit ? auditArguments(dir) : [];
    const startServer = () => start('kube-apiserver', [...serverArguments(dir, etcdPort, port), ...auditing]);
    let server = startServer();

    // The API server signs its own certificate, which is then its own authority.
    const certificate = join(dir, 'certs', 'apiserver.crt');
    const ready = async () => {
      if (server.exitCode !== null)
        throw new Error(`kube-apiserver ended: ${readFileSync(join(dir, 'kube-apiserver.log'), 'utf8').slice(-2000)}`);
      if (!existsSync(certificate)) return null;
      const candidate = { server: `https://127.0.0.1:${port}`, ca: readFileSync(certificate, 'utf8'), user: { token } };
      const kube = new Kube(candidate);
      const isReady = await kube.send('GET', '/readyz').then(
        ({ status }) => status === 200,
        () => false,
      );
      kube.close();
      return isReady ? candidate : null;
    };
    const connection = await until('ready API server', ready);
    return {
      connection,
      stop,
      freeze: () => void server.kill('SIGSTOP'),
      thaw: () => void server.kill('SIGCONT'),
      crash: async () => {
        const ended = new Promise((resolve) => server.once('exit', resolve));
        server.kill('SIGKILL');
        await ended;
      },
      restart: async () => {
        server = startServer();
        await until('API server that is ready again', ready, { everyMs: 10 });
      },
      requests: () => auditedRequests(dir),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function auditArguments(dir: string): readonly string[] {
  const policy = join(dir, 'audit-policy.yaml');
  writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]\n');
  return ['--audit-policy-file', policy, '--audit-log-path', join(dir, 'audit.log'), '--audit-log-mode', 'blocking'];
}

/** Each request once: a watch is logged when it begins and when it ends. */
function auditedRequests(dir: string): readonly AuditedRequest[] {
  const lines = readFileSync(join(dir, 'audit.log'), 'utf8').split('\n').slice(0, -1);
  const requests = lines.map((line) => JSON.parse(line) as AuditedRequest);
  return [...new Map(requests.map((request) => [request.auditID, request])).values()];
}

const etcdArguments = (dir: string, port: number) => [
  ...['--data-dir', join(dir, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
  ...['--listen-client-urls', `http://127.0.0.1:${port}`, '--advertise-client-urls', `http://127.0.0.1:${port}`],
  ...['--listen-peer-urls', 'http://127.0.0.1:0'],
];

const serverArguments = (dir: string, etcdPort: number, port: number) => [
  ...['--etcd-servers', `http://127.0.0.1:${etcdPort}`, '--cert-dir', join(dir, 'certs')],
  ...['--bind-address', '127.0.0.1', '--secure-port', String(port)],
  // The advertised address may not be loopback; this one is reserved for documentation.
  ...['--advertise-address', '192.0.2.1', '--endpoint-reconciler-type', 'none'],
  ...['--token-auth-file', join(dir, 'tokens.csv'), '--authorization-mode', 'RBAC'],
  ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-cluster-ip-range', '10.96.0.0/16'],
  ...['--service-account-key-file', join(dir, 'accounts.key'), '--service-account-signing-key-file', join(dir, 'accounts.key')],
  // Without controllers no namespace has its default ServiceAccount, which this plugin asks of every pod.
  ...['--disable-admission-plugins', 'ServiceAccount'],
];

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
