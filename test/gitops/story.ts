import { execFileSync } from 'node:child_process';
import type { InFlight, Lock } from '../../lib/lock/lock.ts';
import { readLock } from '../../lib/lock/read.ts';
import { beginning, chart, DIGEST, type Outcome, Repository, succeeds } from '../cli/repository.ts';
import { walked } from './walked.ts';

export const LOCK = 'lock/production/shop/web.yaml';
const KEY = { target: 'production', namespace: 'shop', release: 'web' };

/** A release whose image stands in images.yaml. */
const FILES = {
  'charts/main.ts': chart().replace(`:1.0.0@${DIGEST('1')}`, ''),
  'images.yaml': `images:\n  web: registry.example.com/web:1.0.0@${DIGEST('1')}\n`,
  '.gitignore': 'node_modules\nout\nkubeconfig.yaml\n',
};
/** Its first entry recorded. */
const begun = beginning(FILES, succeeds('record', 'web', '--initial'));

/** Where a revision's Deployment is. */
export const deployment = (revision: string) => new RegExp(`deployment-${revision}\\.yaml$`);
/** Null: none is stated. */
export const replicasOf = (manifests: Readonly<Record<string, string>>) =>
  Object.values(manifests).map((text) => /^ {2}replicas: (\d+)$/m.exec(text)?.[1] ?? null);
export const withoutReplicas = (manifests: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(manifests).map(([path, text]) => [path, text.replace(/^ {2}replicas: \d+\n/m, '')]));

/** A release repository under git, in which a team and its pipeline work with the built CLI. */
export class Story {
  static async begin(): Promise<Story> {
    const story = new Story(await begun());
    story.git('init', '--quiet', '--initial-branch=main');
    story.commit('Add web');
    return story;
  }

  /** The same release before its first entry, with what runs in `out/running.yaml`. */
  static unrecorded(running: string): Story {
    const repository = new Repository({ ...FILES, 'out/running.yaml': running });
    const story = new Story(repository);
    story.git('init', '--quiet', '--initial-branch=main');
    story.commit('Describe web');
    return story;
  }

  readonly repository: Repository;
  /** When commits are made: before their releases begin. */
  date = '2026-01-05T08:00:00Z';

  private constructor(repository: Repository) {
    this.repository = repository;
  }

  git(...args: readonly string[]): string {
    const own = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...own, ...args], {
      cwd: this.repository.directory,
      encoding: 'utf8',
      env: { ...process.env, GIT_COMMITTER_DATE: this.date },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  commit(message: string): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
  }

  tidegate(...args: readonly string[]): Promise<Outcome> {
    return this.repository.tidegate(...args);
  }

  /** A command that must succeed. @returns what it said */
  async does(...args: readonly string[]): Promise<Outcome> {
    const outcome = await this.tidegate(...args);
    if (outcome.code !== 0) throw new Error(`tidegate ${args.join(' ')} ended with ${outcome.code}: ${outcome.err}`);
    return outcome;
  }

  get lock(): Lock {
    return readLock(this.repository.read(LOCK), KEY);
  }

  get inFlight(): InFlight {
    const { inFlight } = this.lock;
    if (inFlight === null) throw new Error('nothing is in flight');
    return inFlight;
  }

  get stable(): string {
    const { stable } = this.lock;
    return 'name' in stable ? stable.name : stable.deployment;
  }

  /** A new image, synthesized and committed. */
  async releases(digit: string): Promise<void> {
    await this.does('set-image', `web@${DIGEST(digit)}`);
    await this.does('synth');
    this.commit(`Release ${digit}`);
  }

  /** What the runner leaves in `record.json` of the status. */
  ended(outcome: 'promoted' | 'aborted', endedAt = '2026-03-01T12:00:00.000Z'): string {
    const { plan, hash } = this.inFlight;
    const { attempt, stable, candidate } = plan;
    const of = { ...KEY, plan: hash, attempt, run: 1 };
    const times = { startedAt: '2026-03-01T11:00:00.000Z', endedAt };
    const lists = { ...(outcome === 'promoted' ? walked(plan, times) : { steps: [], gates: [], approvals: [] }), waived: null };
    return JSON.stringify({ version: 1, ...of, outcome, by: null, reason: 'it ended', ...times, stable, candidate, ...lists });
  }

  /** A file that git does not see. */
  put(text: string): string {
    this.repository.write('out/record.json', text);
    return 'out/record.json';
  }

  /** Records an outcome from a file, and commits what was written. */
  async records(outcome: 'promoted' | 'aborted', ...more: readonly string[]): Promise<Outcome> {
    const done = await this.does('record', 'web', '--from', this.put(this.ended(outcome)), ...more);
    this.commit(`Record ${outcome}`);
    return done;
  }

  async retires(): Promise<Outcome> {
    const done = await this.does('record', 'web', '--retire', '--without-cluster', '--now', '2026-03-01T13:00:00Z');
    this.commit('Retire');
    return done;
  }

  /** Manifests of revisions, by `<kind>-<release>-<number of the image>`. */
  manifests(pattern: RegExp): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.repository.files('dist')).filter(([path]) => pattern.test(path)));
  }
}
