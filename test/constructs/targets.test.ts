import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { DEFAULT_APP } from '../../lib/constructs/default-app.ts';
import { Project, type ProjectOptions } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import { DIGEST, Repository } from '../cli/repository.ts';
import { VALID } from '../intent/valid.ts';

const image = (digit: string) => `registry.example.com/web:1.4.0@${DIGEST(digit)}`;

/** The release `web` as YAML, on one line each field of `targets`. */
const intent = (more: object, digit = '1'): string =>
  stringify({
    apiVersion: 'tidegate.dev/v1alpha1',
    kind: 'ReleaseIntent',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ...VALID, image: image(digit), ...more },
  });

const project = (targets: object) => stringify({ targets });

async function run({ directory }: Repository, options: ProjectOptions = {}) {
  try {
    return { ...(await synthesize(DEFAULT_APP, new Project({ directory, ...options }))), problems: [] };
  } catch (error) {
    if (error instanceof ProblemError)
      return { manifests: new Map<string, string>(), locks: new Map<string, string>(), problems: error.problems.map(formatProblem) };
    throw error;
  }
}

/** Makes the first entries of some targets, as `record --initial` would. */
async function recorded(repository: Repository, ...targets: readonly string[]): Promise<Repository> {
  const { locks, problems } = await run(repository, { initial: ['web'], targets });
  expect(problems).toEqual([]);
  for (const path of locks.keys()) repository.write(path, locks.get(path) ?? '');
  return repository;
}

const SEVERAL = { staging: { approvals: 'waived' }, 'eu-1': {}, 'us-1': {} };

describe('several targets', () => {
  it('have the same namespace in several clusters, and what differs on one is there alone', async () => {
    const targets = { staging: { replicas: 1, traffic: { hosts: ['web.staging.example.com'] } } };
    const repository = new Repository({ 'tidegate.yaml': project(SEVERAL), 'charts/web.yaml': intent({ targets }) });
    const { manifests, problems } = await run(repository, { initial: ['web'] });
    expect(problems).toEqual([]);
    const host = (target: string) => parse(manifests.get(`${target}/shop/web/virtualservice-web.yaml`) ?? '').spec.hosts;
    expect(['staging', 'eu-1', 'us-1'].map(host)).toEqual([['web.staging.example.com'], ['web.example.com'], ['web.example.com']]);
  });

  it('start a release where something differs, and nowhere else', async () => {
    const repository = await recorded(
      new Repository({ 'tidegate.yaml': project(SEVERAL), 'charts/web.yaml': intent({}) }),
      ...Object.keys(SEVERAL),
    );
    repository.write('charts/web.yaml', intent({ targets: { 'eu-1': { env: { REGION: 'eu' } } } }));
    const { locks } = await run(repository);
    const flying = [...locks.keys()].filter((path) => !locks.get(path)?.includes('inFlight: null'));
    expect(flying).toEqual(['lock/eu-1/shop/web.yaml']);
  });

  it('of one cluster need namespaces of their own', async () => {
    const one = { staging: { cluster: 'eu' }, production: { cluster: 'eu' } };
    const repository = new Repository({ 'tidegate.yaml': project(one), 'charts/web.yaml': intent({}) });
    const { problems } = await run(repository, { initial: ['web'] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /shop\/web\S* is of target 'staging' and of target 'production', which are both in cluster 'eu'\. Give one of them a namespace/,
    );

    repository.write('charts/web.yaml', intent({ targets: { staging: { namespace: 'shop-staging' } } }));
    const apart = await run(repository, { initial: ['web'] });
    expect(apart.problems).toEqual([]);
    expect([...apart.locks.keys()]).toEqual(['lock/staging/shop-staging/web.yaml', 'lock/production/shop/web.yaml']);
    await recorded(repository, 'staging', 'production');
    expect((await run(repository)).problems).toEqual([]);
  });

  it('tell a mistake in what differs with its line', async () => {
    const wrong = intent({ targets: { staging: { replicas: 0 }, stagin: { replicas: 1 } } });
    const { problems } = await run(new Repository({ 'tidegate.yaml': project(SEVERAL), 'charts/web.yaml': wrong }), { initial: ['web'] });
    const line = wrong.split('\n').findIndex((text) => text.includes('replicas: 0')) + 1;
    expect(problems).toContain(`charts/web.yaml:${line}:17: web.targets.staging.replicas: found 0, expected an integer of at least 1.`);
    expect(problems.join('\n')).toContain("web.targets.stagin: there is no target 'stagin'; did you mean 'staging'?");
  });

  it('can have gates of templates of their own, in YAML', async () => {
    const gates = [{ errorRatio: { address: 'http://prometheus:9090', source: { istio: {} } } }];
    const targets = { staging: { strategy: { kind: 'canary', weights: [50, 100], gates } } };
    const repository = new Repository({ 'tidegate.yaml': project(SEVERAL), 'charts/web.yaml': intent({ targets }) });
    const { locks, problems } = await run(repository, { initial: ['web'] });
    expect(problems).toEqual([]);
    expect(locks.get('lock/staging/shop/web.yaml')).toContain('name: error-ratio');
    expect(locks.get('lock/eu-1/shop/web.yaml')).not.toContain('name: error-ratio');
  });
});

describe('a target that wants what another one has proven', () => {
  const STAGED = { staging: { approvals: 'waived' }, production: { provenOn: 'staging' } };
  /** Both record image 1; then staging has recorded `proven`. */
  async function staged(proven: string): Promise<Repository> {
    const repository = new Repository({ 'tidegate.yaml': project(STAGED), 'charts/web.yaml': intent({}) });
    await recorded(repository, 'staging', 'production');
    repository.write('charts/web.yaml', intent({}, proven));
    const { directory } = new Repository({ 'tidegate.yaml': project(STAGED), 'charts/web.yaml': intent({}, proven) });
    const { locks } = await synthesize(DEFAULT_APP, new Project({ directory, initial: ['web'], targets: ['staging'] }));
    for (const path of locks.keys()) repository.write(path, locks.get(path) ?? '');
    return repository;
  }

  it('releases it', async () => {
    const { locks, problems } = await run(await staged('2'));
    expect(problems).toEqual([]);
    expect(locks.get('lock/production/shop/web.yaml')).not.toContain('inFlight: null');
  });

  it('refuses what is in flight there only, and names the way', async () => {
    const repository = await staged('2');
    repository.write('charts/web.yaml', intent({}, '3'));
    const { problems } = await run(repository);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^charts\/web\.yaml:\d+:\d+: web\.image: 'registry\.example\.com\/web:1\.4\.0@sha256:3+' is not proven on target 'staging', where web-\w+ is stable\. Release it there first and record it/,
    );
    expect((await run(repository, { targets: ['staging'] })).problems).toEqual([]);
  });

  it('takes back what it has proven itself', async () => {
    const repository = await staged('2');
    // Another template with the digest that production has as stable.
    repository.write('charts/web.yaml', intent({ env: { ...VALID.env, LOG_LEVEL: 'debug' } }, '1'));
    expect((await run(repository, { targets: ['production'] })).problems).toEqual([]);
  });

  it('has no first entry of what the other one has not proven', async () => {
    const repository = await recorded(new Repository({ 'tidegate.yaml': project(STAGED), 'charts/web.yaml': intent({}) }), 'staging');
    repository.write('charts/web.yaml', intent({}, '2'));
    const { problems } = await run(repository, { initial: ['web'], targets: ['production'] });
    expect(problems.join()).toContain("is not proven on target 'staging'");
  });
});
