import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = join(ROOT, 'build/cli.js');

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A release repository in a folder of its own, made from an object literal, in which the built CLI runs as users run it; gone when the test ends. */
export class Repository {
  readonly directory: string;

  /** @param atEnd of its test, where several run side by side */
  constructor(files: Readonly<Record<string, string>>, atEnd: (done: () => void) => void = onTestFinished) {
    this.directory = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
    atEnd(() => rmSync(this.directory, { recursive: true, force: true }));
    symlinkSync(join(ROOT, 'node_modules'), join(this.directory, 'node_modules'));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8');
  }

  /** Replaces text in a file. @throws when it is not there */
  edit(path: string, from: string | RegExp, to: string): void {
    const before = this.read(path);
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${path} has no ${from}`);
    this.write(path, after);
  }

  /** Every file below a folder with its text, by path; links are named, not followed. */
  files(folder: string): Readonly<Record<string, string>> {
    const found: Record<string, string> = {};
    const walk = (directory: string) => {
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) walk(path);
        else found[relative(this.directory, path)] = entry.isFile() ? readFileSync(path, 'utf8') : '(link)';
      }
    };
    const start = join(this.directory, folder);
    if (statSync(start, { throwIfNoEntry: false })?.isDirectory()) walk(start);
    return found;
  }

  /** Everything that a run may write. */
  output(): Readonly<Record<string, string>> {
    return { ...this.files('dist'), ...this.files('lock') };
  }

  tidegate(...args: readonly string[]): Promise<Outcome> {
    return this.run(process.execPath, [CLI, ...args]);
  }

  run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = this.directory): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, maxBuffer: 64 * 1024 * 1024 };
      execFile(program, [...args], options, (error, out, err) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 255) : 0;
        resolve({ code, out, err });
      });
    });
  }
}

/** Repositories that all begin where the same commands led once, without running them again. */
export function beginning(
  files: Readonly<Record<string, string>>,
  ...commands: readonly ((repository: Repository) => unknown)[]
): () => Promise<Repository> {
  let made: Promise<Readonly<Record<string, string>>> | undefined;
  const make = async () => {
    const repository = new Repository(files);
    for (const command of commands) await command(repository);
    const { node_modules: _, ...all } = repository.files('.');
    return all;
  };
  return async () => {
    made ??= make();
    return new Repository(await made);
  };
}

/** A command that must succeed. */
export const succeeds =
  (...args: readonly string[]) =>
  async (repository: Repository): Promise<void> => {
    const { code, err } = await repository.tidegate(...args);
    if (code !== 0) throw new Error(`tidegate ${args.join(' ')} ended with ${code}: ${err}`);
  };

export const DIGEST = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** A chart with one small release; `more` is put into its intent, `before` before it. */
export function chart({ name = 'web', digest = '1', more = '', before = '' } = {}): string {
  return `import { App, Chart } from 'cdk8s';
import { canary, Release } from 'tidegate';
import { errorRatio, httpSmoke, istio } from 'tidegate/templates';

const app = new App();
const chart = new Chart(app, '${name}', { namespace: 'shop' });
${before}
new Release(chart, '${name}', {
  image: 'registry.example.com/${name}:1.0.0@${DIGEST(digest)}',
  ports: { http: 8080 },
  replicas: 3,
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  probes: { readiness: { http: { path: '/ready' } } },
  traffic: { router: 'istio', hosts: ['${name}.example.com'], gateways: ['ingress/public'] },
  smoke: [httpSmoke('api', { path: '/' })],
  strategy: canary({ weights: [5, 50, 100], gates: [errorRatio({ address: 'http://prometheus:9090', source: istio() })] }),
  ${more}
});
app.synth();
`;
}
