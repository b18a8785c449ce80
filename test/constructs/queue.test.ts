import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { queuedReleases } from '../../lib/cli/order.ts';
import { DEFAULT_APP } from '../../lib/constructs/default-app.ts';
import { Project, type ProjectOptions } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { orderFindings } from '../../lib/policy/order.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import { DIGEST, Repository } from '../cli/repository.ts';
import { VALID } from '../intent/valid.ts';

type Intents = Readonly<Record<string, { readonly digit?: string; readonly namespace?: string } & Readonly<Record<string, unknown>>>>;

/** Charts with a release each; a digit is another image. */
const charts = (intents: Intents): Record<string, string> =>
  Object.fromEntries(
    Object.entries(intents).map(([name, { digit = '1', namespace = 'shop', ...more }]) => [
      `charts/${name}.yaml`,
      stringify({
        apiVersion: 'tidegate.dev/v1alpha1',
        kind: 'ReleaseIntent',
        metadata: { name, namespace },
        spec: {
          ...VALID,
          image: `registry.example.com/${name}:1.4.0@${DIGEST(digit)}`,
          traffic: { ...VALID.traffic, hosts: [`${name}.example.com`] },
          ...more,
        },
      }),
    ]),
  );

async function synth(repository: Repository, options: ProjectOptions = {}): Promise<readonly string[]> {
  try {
    const { locks, manifests } = await synthesize(
      DEFAULT_APP,
      new Project({ directory: repository.directory, ...options }),
      options.only ?? null,
    );
    for (const path of locks.keys()) repository.write(path, locks.get(path) ?? '');
    for (const path of manifests.keys()) repository.write(`dist/${path}`, manifests.get(path) ?? '');
    return [];
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
}

async function recorded(intents: Intents, groups: object = {}): Promise<Repository> {
  const repository = new Repository({ 'tidegate.yaml': stringify({ groups }), ...charts(intents) });
  expect(await synth(repository, { initial: Object.keys(intents) })).toEqual([]);
  return repository;
}

/** Changes some releases and synthesizes. */
async function change(repository: Repository, intents: Intents, options: ProjectOptions = {}): Promise<readonly string[]> {
  for (const [path, text] of Object.entries(charts(intents))) repository.write(path, text);
  return synth(repository, options);
}

const lockOf = (repository: Repository, name: string): Lock => parse(repository.read(`lock/production/shop/${name}.yaml`));
const queueOf = (repository: Repository, name: string) => lockOf(repository, name).inFlight?.plan.queue;

describe('a release that comes after another', () => {
  const web = { after: ['pay'] };

  it('waits for the attempt of it that is in flight, be it begun with the same commit or before', async () => {
    for (const together of [true, false]) {
      const repository = await recorded({ pay: {}, web });
      if (!together) await change(repository, { pay: { digit: '2' } });
      expect(await change(repository, { pay: { digit: '2' }, web: { ...web, digit: '2' } })).toEqual([]);
      expect(queueOf(repository, 'pay')).toBeUndefined();
      expect(queueOf(repository, 'web')).toEqual({ group: null, limit: 1, ahead: [{ release: 'pay', attempt: 1, until: 'promoted' }] });
      const role = parse(repository.read('dist/production/shop/web/role-web-runner.yaml'));
      expect(role.rules).toContainEqual({
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: ['pay-status'],
        verbs: ['get', 'list', 'watch'],
      });
      const jobs = Object.entries(repository.files('dist/production/shop')).filter(([file]) => /\/job-\w+-smoke/.test(file));
      expect(jobs.map(([, text]) => [parse(text).metadata.labels['tidegate.dev/release'], parse(text).spec.suspend])).toEqual([
        ['pay', undefined],
        ['web', true],
      ]);
      expect(role.rules).toContainEqual({
        apiGroups: ['batch'],
        resources: ['jobs'],
        resourceNames: jobs.map(([, text]) => parse(text).metadata.name).filter((name) => name.startsWith('web')),
        verbs: ['patch'],
      });
      const program = Object.keys(repository.files('dist/production/shop/web')).find((file) => file.includes('configmap-web-runner')) ?? '';
      expect(Object.keys(parse(repository.read(program)).data)).toEqual(['bundle.mjs', 'metrics.mjs', 'queue.mjs', 'runner.mjs']);
    }
  });

  it('waits for nobody where that one is at rest, unless it has traffic all the same', async () => {
    const repository = await recorded({ pay: {}, web });
    await change(repository, { web: { ...web, digit: '2' } });
    expect(queueOf(repository, 'web')).toEqual({ group: null, limit: 1, ahead: [], atRest: ['pay'] });
    expect(repository.read('dist/production/shop/web/role-web-runner.yaml')).toContain('pay-status');
  });

  it('keeps its plan whatever becomes of that one, until somebody looks anew', async () => {
    const repository = await recorded({ pay: {}, web });
    await change(repository, { pay: { digit: '2' }, web: { ...web, digit: '2' } });
    const { hash } = lockOf(repository, 'web').inFlight ?? {};
    await change(repository, { pay: {}, web: { ...web, digit: '2', disruption: { maxUnavailable: 2 } } });
    expect(lockOf(repository, 'pay').inFlight).toBeNull();
    expect(queueOf(repository, 'web')).toBeDefined();
    expect(await change(repository, {}, { refresh: true })).toEqual([]);
    expect(queueOf(repository, 'web')?.ahead).toEqual([]);
    expect(lockOf(repository, 'web').inFlight?.hash).not.toBe(hash);
  });

  it('waits for nobody when it is brought back', async () => {
    const repository = await recorded({ pay: {}, web });
    const { stable } = lockOf(repository, 'web');
    await change(repository, { pay: { digit: '2' } });
    const rollbacks = new Map([['lock/production/shop/web.yaml', 'name' in stable ? stable.name : '']]);
    expect(await change(repository, {}, { rollbacks })).toEqual([]);
    expect(queueOf(repository, 'web')).toBeUndefined();
  });
});

describe('a group', () => {
  const groups = { shop: { limit: 1, releases: ['pay', 'cart', 'web'] } };
  const next = { pay: { digit: '2' }, cart: { digit: '2' }, web: { digit: '2' } };
  const ahead = (repository: Repository, name: string) =>
    queueOf(repository, name)?.ahead.map(({ release, attempt }) => `${release} ${attempt}`) ?? [];

  it('goes in the order of its list where a commit begins several', async () => {
    const repository = await recorded({ pay: {}, cart: {}, web: {} }, groups);
    expect(await change(repository, next)).toEqual([]);
    expect(['pay', 'cart', 'web'].map((name) => ahead(repository, name))).toEqual([[], ['pay 1'], ['pay 1', 'cart 1']]);
  });

  it('goes in the order in which they began where commits do', async () => {
    const repository = await recorded({ pay: {}, cart: {}, web: {} }, groups);
    await change(repository, { web: { digit: '2' } });
    await change(repository, { pay: { digit: '2' } });
    expect([ahead(repository, 'web'), ahead(repository, 'pay')]).toEqual([[], ['web 1']]);
  });

  it('has a new place for what is changed in flight', async () => {
    const repository = await recorded({ pay: {}, cart: {}, web: {} }, groups);
    await change(repository, next);
    await change(repository, { pay: { digit: '3' } });
    expect(ahead(repository, 'pay')).toEqual(['cart 1', 'web 1']);
    expect(ahead(repository, 'cart')).toEqual(['pay 1']);
  });

  it('lets pass whom those before it wait for', async () => {
    const repository = await recorded({ pay: {}, cart: {}, web: { after: ['pay'] } }, groups);
    await change(repository, { pay: { digit: '2' }, web: { after: ['pay'], digit: '2' } });
    expect(queueOf(repository, 'web')?.ahead).toEqual([{ release: 'pay', attempt: 1, until: 'promoted' }]);
    await change(repository, { pay: { digit: '3' } });
    expect(queueOf(repository, 'pay')).toEqual({ group: 'shop', limit: 1, ahead: [], behind: ['cart', 'web'] });
  });

  it('waits for nobody while there is room', async () => {
    const repository = await recorded({ pay: {}, cart: {}, web: {} }, { shop: { limit: 2, releases: ['pay', 'cart', 'web'] } });
    await change(repository, next);
    expect(['pay', 'cart', 'web'].map((name) => ahead(repository, name))).toEqual([[], [], ['pay 1', 'cart 1']]);
  });
});

/** Each of them is begun on a branch of its own, and the branches are merged. */
async function merge(repository: Repository, ...branches: readonly Intents[]): Promise<void> {
  const files = () => ({ ...repository.files('charts'), ...repository.files('lock') });
  const write = (all: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(all)) repository.write(path, text);
  };
  const base = files();
  const merged = { ...base };
  for (const branch of branches) {
    write(base);
    expect(await change(repository, branch)).toEqual([]);
    for (const [path, text] of Object.entries(files())) if (text !== base[path]) merged[path] = text;
  }
  write(merged);
}

/** What the rule `order-holds` finds, and where. */
async function found({ directory }: Repository): Promise<readonly string[]> {
  const project = new Project({ directory });
  const queued = queuedReleases(await synthesize(DEFAULT_APP, project), project);
  return orderFindings(queued).map(({ release, source }) => `${release} ${source?.file}`);
}

describe('two releases that were begun on two branches', () => {
  it.each<[string, Intents, object, finds: string]>([
    ['a group', { web: {}, pay: {} }, { shop: { limit: 1, releases: ['web', 'pay'] } }, 'web charts/web.yaml'],
    ['`after`', { web: {}, pay: { after: ['web'] } }, {}, 'pay charts/pay.yaml'],
  ])('%s: the one that is looked at anew waits for the other, of which nothing changes', async (_, intents, groups, finds) => {
    const repository = await recorded(intents, groups);
    await merge(repository, { web: { ...intents.web, digit: '2' } }, { pay: { ...intents.pay, digit: '2' } });
    const web = repository.read('lock/production/shop/web.yaml');
    expect([queueOf(repository, 'web')?.ahead ?? [], queueOf(repository, 'pay')?.ahead]).toEqual([[], []]);
    expect(await found(repository)).toEqual([finds]);
    expect(await change(repository, {}, { refresh: true, only: ['pay'] })).toEqual([]);
    expect(queueOf(repository, 'pay')?.ahead).toMatchObject([{ release: 'web', attempt: 1 }]);
    expect(repository.read('lock/production/shop/web.yaml')).toBe(web);
    expect(await found(repository)).toEqual([]);
  });

  it('finds one that waits for what was given up, unless a record says how that ended', async () => {
    const repository = await recorded({ web: {}, pay: {} }, { shop: { limit: 1, releases: ['web', 'pay'] } });
    await change(repository, { web: { digit: '2' }, pay: { digit: '2' } });
    expect(await found(repository)).toEqual([]);
    await change(repository, { web: {} });
    expect(await found(repository)).toEqual(['pay charts/pay.yaml']);
    repository.write('releases/production/web/0a1b2c3d.json', JSON.stringify({ namespace: 'shop', attempt: 1 }));
    repository.write('releases/production/web/4e5f6071.json', 'no record');
    expect(await found(repository)).toEqual([]);
  });
});

describe('an order that cannot be is an error of synth', () => {
  it.each<[string, Intents, object, RegExp]>([
    ['an unknown release', { pay: {}, web: { after: ['pya'] } }, {}, /names release 'pya', which there is not; did you mean 'pay'\?/],
    [
      'an unknown member',
      { pay: {}, web: {} },
      { shop: { releases: ['web', 'pya'] } },
      /tidegate\.yaml:\d+:\d+.*group shop names release 'pya'/,
    ],
    ['itself', { web: { after: ['web'] } }, {}, /web cannot come after itself/],
    [
      'each other',
      { pay: { after: ['web'] }, web: { after: ['pay'] } },
      {},
      /none could begin: pay → web → pay.*Take one of them out of `after`/s,
    ],
    [
      'a list against it',
      { pay: {}, web: { after: ['pay'] } },
      { shop: { releases: ['web', 'pay'] } },
      /none could begin: .*Release shop in another order/s,
    ],
    [
      'two namespaces',
      { pay: { namespace: 'money' }, web: { after: ['pay'] } },
      {},
      /pay and web are in two namespaces on target 'production': money and shop/,
    ],
    [
      'two groups',
      { pay: {}, web: {} },
      { shop: { releases: ['web', 'pay'] }, money: { releases: ['pay', 'web'] } },
      /release 'pay' is in group 'shop' already/,
    ],
  ])('%s', async (_, intents, groups, message) => {
    const repository = new Repository({ 'tidegate.yaml': stringify({ groups }), ...charts(intents) });
    const run = () => synth(repository, { initial: Object.keys(intents) });
    expect((await run().catch((error) => [formatProblem(error.problems[0])])).join('\n')).toMatch(message);
  });
});
