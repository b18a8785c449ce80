import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Invocation } from '../../lib/cli/command.ts';
import { UsageError } from '../../lib/cli/command.ts';
import { printError } from '../../lib/cli/problems.ts';
import { rulesFor } from '../../lib/cli/verdict.ts';
import { writesOf } from '../../lib/cli/write.ts';
import { DEFAULT_APP } from '../../lib/constructs/default-app.ts';
import { Project } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import { ProblemError } from '../../lib/schema/index.ts';
import { DIGEST, type Outcome, Repository } from '../cli/repository.ts';

/** An intent in YAML: it needs no program to be compiled, so a test runs in this process. */
export function intent({
  name = 'web',
  namespace = 'shop',
  digest = '1',
  replicas = 3,
  weights = '[5, 50, 100]',
  router = 'istio',
  more = '',
} = {}): string {
  return `apiVersion: tidegate.dev/v1alpha1
kind: ReleaseIntent
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  image: registry.example.com/${name}:1.0.0@${DIGEST(digest)}
  ports: {http: 8080}
  replicas: ${replicas}
  resources:
    requests: {cpu: 100m, memory: 128Mi}
    limits: {memory: 256Mi}
  probes:
    readiness: {http: {path: /ready}}
  traffic:
    router: ${router}
    hosts: [${name}.example.com]
    gateways: [ingress/public]
  smoke:
    - {name: api, http: [{path: /}]}
  strategy:
    kind: canary
    weights: ${weights}
    gates:
      - errorRatio: {address: 'http://prometheus:9090', source: {istio: {}}}
${more}`;
}

/** A release repository under git, in which commands run in this process. */
export class GitRepository extends Repository {
  #clock = Date.UTC(2026, 0, 5, 9);

  /** @param from another one, of which this is a copy */
  constructor(files: Readonly<Record<string, string>>, from: GitRepository | null = null, atEnd?: (done: () => void) => void) {
    super(files, atEnd);
    if (from === null) {
      this.git('init', '--quiet', '--initial-branch=main');
      this.write('.git/info/exclude', 'node_modules\n');
      return;
    }
    const isOwn = (path: string) => path !== join(from.directory, 'node_modules');
    cpSync(from.directory, this.directory, { recursive: true, filter: isOwn });
    this.#clock = from.#clock;
  }

  copy(atEnd?: (done: () => void) => void): GitRepository {
    return new GitRepository({}, this, atEnd);
  }

  git(...args: readonly string[]): string {
    const date = new Date(this.#clock).toISOString();
    const env = {
      ...process.env,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    };
    return execFileSync('git', args, { cwd: this.directory, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** Whether git ends well. */
  tryGit(...args: readonly string[]): boolean {
    try {
      this.git(...args);
      return true;
    } catch {
      return false;
    }
  }

  /** Commits all that is there, an hour after the commit before. */
  commit(message: string): string {
    this.#clock += 3_600_000;
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** When the last commit was made. */
  get now(): Date {
    return new Date(this.#clock);
  }

  /** `tidegate synth`, or the first entry of releases. */
  async synth(...initial: readonly string[]): Promise<void> {
    const project = new Project({ directory: this.directory, initial });
    const synthesis = await synthesize(DEFAULT_APP, project);
    writesOf(synthesis, project, 'dist', true).commit();
  }

  /** What `tidegate synth` complains of; empty where it does not. */
  async refusal(): Promise<string> {
    try {
      await this.synth();
      return '';
    } catch (error) {
      if (error instanceof ProblemError) return error.message;
      throw error;
    }
  }

  /** What the rules find in what synth gives: `<rule> <object>`. */
  async findings(): Promise<readonly string[]> {
    const project = new Project({ directory: this.directory });
    const { result } = await rulesFor(project)(await synthesize(DEFAULT_APP, project), 'dist');
    return result.findings.map(({ rule, object }) => `${rule} ${object?.kind} ${object?.name}`);
  }

  /** A command as the CLI runs it. */
  async command(
    run: (directory: string, invocation: Invocation) => number | Promise<number>,
    positionals: readonly string[] = [],
    values: Invocation['values'] = {},
  ): Promise<Outcome> {
    const [out, err]: [string[], string[]] = [[], []];
    const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), color: false };
    const ended = (code: number): Outcome => ({ code, out: out.join(''), err: err.join('') });
    try {
      return ended(await run(this.directory, { positionals, values, io }));
    } catch (error) {
      if (!(error instanceof ProblemError || error instanceof UsageError)) throw error;
      printError(error, io);
      return ended(2);
    }
  }
}

/** A repository whose releases are recorded and committed. */
export async function recorded(files: Readonly<Record<string, string>>, ...releases: readonly string[]): Promise<GitRepository> {
  const repository = new GitRepository(files);
  await repository.synth(...releases);
  repository.commit('Begin');
  return repository;
}

/** Repositories that all begin where a story led once, git's history included. */
export function copies(story: () => Promise<GitRepository>): () => Promise<GitRepository> {
  let made: Promise<GitRepository> | undefined;
  return async () => {
    made ??= story().then((repository) => repository.copy((done) => process.once('exit', done)));
    return (await made).copy();
  };
}
