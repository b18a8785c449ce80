import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { install, installOwn, installTypeScript, type Packed, pack, temporaryFolder } from './installed.ts';

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

let packed: Packed;
/** A folder in which the package was installed, and nothing else. */
let shop: string;
beforeAll(() => {
  packed = pack(temporaryFolder((end) => ends.push(end)));
  shop = temporaryFolder((end) => ends.push(end));
  install(packed, shop);
}, 60_000);

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A line of shell in a folder; `npx` never asks the network. */
function shell(line: string, directory: string, env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const options = { cwd: directory, env: { ...process.env, NO_COLOR: '1', npm_config_offline: 'true', ...env } };
    execFile('bash', ['-euo', 'pipefail', '-c', line], options, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 255) : 0, out, err }),
    );
  });
}

const read = (path: string): string => readFileSync(join(shop, path), 'utf8');

describe('the package', () => {
  it('holds the program, its types and its schemas, and nothing else', () => {
    const kinds = packed.files
      .map((path) => path.replace(/^build\/chunks\/[\w-]+-[A-Z0-9]{8}\.js$/, 'build/chunks/*.js'))
      .map((path) => path.replace(/^build\/kinds\/[\w.-]+\.json$/, 'build/kinds/*.json'))
      .map((path) => path.replace(/^build\/types\/(lib|templates)\/.+\.d\.ts$/, 'build/types/$1/*.d.ts'));
    expect([...new Set(kinds)].sort()).toEqual([
      'LICENSE',
      'README.md',
      'build/argo.mjs',
      'build/bundle.mjs',
      'build/chunks/*.js',
      'build/cli.js',
      'build/conditions.mjs',
      'build/identity',
      'build/index.js',
      'build/kinds/*.json',
      'build/lint-thread.js',
      'build/metrics.mjs',
      'build/notify.mjs',
      'build/policy.js',
      'build/queue.mjs',
      'build/remedies.mjs',
      'build/runner.mjs',
      'build/signatures.mjs',
      'build/smoke.mjs',
      'build/templates.js',
      'build/types/lib/*.d.ts',
      'build/types/templates/*.d.ts',
      'package.json',
    ]);
    expect(packed.size).toBeLessThan(4 * 1024 * 1024);
  });

  it('has only declarations that an export leads to', () => {
    const declared = packed.files.filter((path) => path.endsWith('.d.ts'));
    const named = declared.flatMap((path) =>
      [...read(`node_modules/tidegate/${path}`).matchAll(/["'](\.{1,2}\/[^"']+)\.js["']/g)].map(([, name]) =>
        join(path, '..', `${name}.d.ts`),
      ),
    );
    const entries = ['build/types/lib/index.d.ts', 'build/types/lib/cli/policy-library.d.ts', 'build/types/templates/index.d.ts'];
    expect([...new Set([...named, ...entries])].sort()).toEqual(declared);
  });

  it('has no name of a file that it does not ship among its exports', () => {
    const { bin, exports, types } = JSON.parse(read('node_modules/tidegate/package.json'));
    const named = [
      bin.tidegate,
      types,
      ...Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry ?? {}))),
    ];
    expect(named.filter((path) => !existsSync(join(shop, 'node_modules/tidegate', String(path))))).toEqual([]);
  });
});

describe('init, in the folder where the package was installed', () => {
  it('makes a repository that synthesizes and lints as it stands, and shows a release once a digest changes', async () => {
    const made = await shell('npx tidegate init', shop);
    expect(made.code, made.err).toBe(0);
    expect(made.out).toContain(
      'added    package.json: scripts.synth, scripts.verify, dependencies.cdk8s, dependencies.constructs, devDependencies.typescript\n',
    );
    expect(made.err).toContain('Next: npm install, then read README.md.');
    const { cdk8s, tidegate } = JSON.parse(read('package.json')).dependencies;
    expect([cdk8s, tidegate]).toEqual([expect.stringMatching(/^\^2\.\d/), expect.stringMatching(/^file:/)]);
    expect(readdirSync(shop).sort()).toEqual([
      '.github',
      '.gitignore',
      'README.md',
      'charts',
      'dist',
      'lock',
      'node_modules',
      'package-lock.json',
      'package.json',
      'tidegate.yaml',
      'tsconfig.json',
    ]);
    expect(read('README.md').split('\n').length).toBeLessThan(75);
    expect(await shell('npx tidegate synth', shop)).toMatchObject({ code: 0, out: expect.stringMatching(/^hello .* unchanged$/m) });
    installTypeScript(shop);

    const before = read('charts/hello.ts');
    writeFileSync(join(shop, 'charts/hello.ts'), before.replace('sha256:1', 'sha256:2'));
    const released = await shell('npx tidegate synth', shop);
    expect(released.out, released.err).toMatch(/^hello .* release started: hello-\w{8} -> hello-\w{8}$/m);
    const deployments = readdirSync(join(shop, 'dist/production/hello/hello')).filter((name) => name.startsWith('deployment-'));
    expect(deployments).toHaveLength(3);
    expect(await pipeline()).toEqual([]);
    expect(read('summary.md')).toContain('hello');
  });

  /** Runs the steps of the workflow that CI would run, but for the installation. @returns those that failed */
  async function pipeline(): Promise<readonly string[]> {
    const { jobs } = parse(read('.github/workflows/releases.yaml'));
    const commands: string[] = jobs.check.steps.flatMap(({ run }: { run?: string }) =>
      run === undefined || run === 'npm ci' ? [] : [run],
    );
    expect(commands).toHaveLength(4);
    const ran = await Promise.all(commands.map((command) => shell(command, shop, { GITHUB_STEP_SUMMARY: join(shop, 'summary.md') })));
    return ran.flatMap(({ code, out, err }, index) => (code === 0 ? [] : [`${commands[index]}: ${out}${err}`]));
  }
});

const RESOLUTIONS = [
  ['node16', { module: 'node16', skipLibCheck: true }],
  ['nodenext', { module: 'nodenext', skipLibCheck: false }],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler', skipLibCheck: true }],
] as const;

/** What the compiler says of a program in a folder of its own. */
async function typeCheck(folder: string, program: string, options: object): Promise<string> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'use.ts'), program);
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const compilerOptions = { ...options, ...strict, target: 'es2023', lib: ['es2023'], types: [], noEmit: true };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  return (await shell('npx tsc -p .', folder)).out;
}

describe('its types', () => {
  const USE = `import { App, Chart } from 'cdk8s';
import { canary, Release, type ReleaseIntent } from 'tidegate';
import { errorRatio, istio } from 'tidegate/templates';

const gates = [errorRatio({ address: 'http://prometheus:9090', source: istio() })] as const;
export const good: ReleaseIntent['strategy'] = canary({ weights: [5, 50, 100], gates });
export const release = (intent: ReleaseIntent) => new Release(new Chart(new App(), 'shop'), 'web', intent);
// @ts-expect-error weights that do not rise
canary({ weights: [50, 5, 100], gates });
// @ts-expect-error a Prometheus without an address
errorRatio({ source: istio() });
`;

  it.concurrent.each(RESOLUTIONS)('are found and checked under %s', async (name, options) => {
    expect(await typeCheck(join(shop, `types-${name}`), USE, options)).toBe('');
  });
});

describe('a package of somebody else, with a gate, a smoke test, defaults and a mixin', () => {
  const DELIVERY = `import { canary, defineDefaults, defineMixin, minutes, type Gate, type SmokeTest } from 'tidegate';
import { errorRatio, istio } from 'tidegate/templates';

export const queueLag = (maxSeconds: number): Gate => ({
  name: 'queue-lag',
  description: 'The oldest message is young.',
  scope: 'candidate',
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'max(queue_oldest_seconds{deployment="{{args.candidate}}"})' } },
  successCondition: \`len(result) > 0 && result[0] < \${maxSeconds}\`,
  failureCondition: \`len(result) > 0 && result[0] >= \${maxSeconds}\`,
});
export const contract = (): SmokeTest => ({ name: 'contract', http: [{ path: '/about', json: { version: '{{version}}' } }] });
export const hardened = defineMixin('hardened', { security: { runAsUser: 65532 } });
export const company = defineDefaults({
  mixins: [hardened],
  deadlines: { ready: minutes(12) },
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  probes: { readiness: { http: { path: '/ready' } } },
  traffic: { router: 'istio', gateways: ['ingress/public'] },
  strategy: canary({ weights: [5, 50, 100], gates: [errorRatio({ address: 'http://prometheus:9090', source: istio() }), queueLag(30)] }),
});
`;
  const CHART = `import { App, Chart } from 'cdk8s';
import { Release } from 'tidegate';
import { company, contract } from '@shop/delivery';

const app = new App();
const chart = new Chart(app, 'web', { namespace: 'shop' });
new Release(chart, 'web', company({
  image: 'registry.example.com/web:1.0.0@sha256:${'1'.repeat(64)}',
  ports: { http: 8080 },
  traffic: { hosts: ['web.example.com'] },
  smoke: [contract()],
}));
app.synth();
// @ts-expect-error nobody says the ports
export const incomplete = () => company({ image: 'registry.example.com/web:1.0.0', smoke: [contract()] });
`;
  let guild: string;
  beforeAll(() => {
    guild = temporaryFolder((end) => ends.push(end));
    install(packed, guild);
    installTypeScript(guild);
    installOwn('@shop/delivery', DELIVERY, guild);
    mkdirSync(join(guild, 'charts'));
    writeFileSync(join(guild, 'charts/main.ts'), CHART);
  }, 60_000);

  it('makes a release', async () => {
    const { code, err } = await shell('npx tidegate record web --initial', guild);
    expect(code, err).toBe(0);
    const lock = readFileSync(join(guild, 'lock/production/shop/web.yaml'), 'utf8');
    for (const part of ['queue-lag', 'runAsUser: 65532', 'readySeconds: 720', '/about']) expect(lock).toContain(part);
  });

  it('is named where it is wrong, beside the line of the chart', async () => {
    const installed = join(guild, 'node_modules/@shop/delivery/index.js');
    const before = readFileSync(installed, 'utf8');
    writeFileSync(installed, before.replace("cpu: '100m'", "cpu: 'lots'"));
    const { code, err } = await shell('npx tidegate synth', guild);
    writeFileSync(installed, before);
    expect(code).toBe(2);
    expect(err).toContain('charts/main.ts\n  7:1  web.resources.requests.cpu: ');
    expect(err).toContain('It comes from the defaults of @shop/delivery.');
  });

  it.concurrent.each(RESOLUTIONS)('has types that are found and checked under %s', async (name, options) => {
    expect(await typeCheck(join(guild, `types-${name}`), CHART, options)).toBe('');
  });
});
