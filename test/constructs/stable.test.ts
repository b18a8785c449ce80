import { ApiObject, App, Chart } from 'cdk8s';
import { Project, Release, type ReleaseIntent, type StableRevision } from 'tidegate';
import { expect, it } from 'vitest';
import { collect } from '../../lib/constructs/collect.ts';
import { lockPath } from '../../lib/lock/read.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { Repository } from '../cli/repository.ts';
import { valid } from '../intent/valid.ts';

const image = (digit: string) => `registry.example.com/web:1.${digit}.0@sha256:${digit.repeat(64)}`;

/** A repository in which each target has recorded an image as stable, and a release of another one in it. */
async function released(stable: Readonly<Record<string, string>>, wanted: string) {
  const targets = Object.keys(stable);
  const repository = new Repository({ 'tidegate.yaml': `targets: {${targets.map((target) => `${target}: {}`).join(', ')}}\n` });
  for (const target of targets) {
    const { release } = await run(repository, { initial: ['web'], targets: [target] }, String(stable[target]));
    for (const { lock } of release.targets) repository.write(lockPath(lock), writeLock(lock));
  }
  return (use: (release: Release, chart: Chart) => void = () => undefined) => run(repository, {}, wanted, use);
}

async function run(
  { directory }: Repository,
  options: { initial?: string[]; targets?: string[] },
  wanted: string,
  use: (release: Release, chart: Chart) => void = () => undefined,
) {
  const project = new Project({ directory, ...options });
  return Project.during(project, async () => {
    const app = new App();
    const chart = new Chart(app, 'shop', { namespace: 'shop' });
    const release = new Release(chart, 'web', valid({ image: wanted }) as unknown as ReleaseIntent);
    use(release, chart);
    return { release, collected: collect([app], project) };
  });
}

it('is what the lock records, whatever is in flight', async () => {
  const synth = await released({ production: image('1') }, image('2'));
  const { release } = await synth();
  expect(release.targets[0]?.lock.inFlight?.candidate.image).toBe(image('2'));
  expect(release.stable).toEqual({
    image: image('1'),
    version: '1.1.0',
    revision: expect.stringMatching(/^web-[0-9a-f]{8}$/),
  });
});

it('follows when the release is recorded', async () => {
  const synth = await released({ production: image('2') }, image('2'));
  expect((await synth()).release.stable.image).toBe(image('2'));
});

it('of several targets is one where they agree, else an error that names the way', async () => {
  const same = await released({ staging: image('1'), production: image('1') }, image('1'));
  expect((await same()).release.stable.image).toBe(image('1'));
  const apart = await released({ staging: image('2'), production: image('1') }, image('2'));
  const { release } = await apart();
  expect(() => release.stable).toThrow(/web-\w+ on target 'staging' and web-\w+ on target 'production'.*onEachTarget/);
});

it('gives each target objects of its own', async () => {
  const synth = await released({ staging: image('2'), production: image('1') }, image('2'));
  const worker = (stable: StableRevision) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'worker', namespace: 'shop' },
    data: { image: stable.image },
  });
  const { collected } = await synth((release) =>
    release.onEachTarget((scope, { stable }) => void new ApiObject(scope, 'worker', worker(stable))),
  );
  expect(collected.problems).toEqual([]);
  const workers = collected.manifests.filter(({ object }) => object.metadata.name === 'worker');
  expect(workers.map(({ target, owner, object }) => [target, owner, Object(object).data.image])).toEqual([
    ['staging', 'shop', image('2')],
    ['production', 'shop', image('1')],
  ]);
});

it('of a release that is wrong does not hide what is wrong', async () => {
  const repository = new Repository({});
  const { release } = await run(repository, {}, image('1'), (one) => void one.stable.image);
  expect(release.problems.map(({ message }) => message)).toContainEqual(expect.stringContaining('has no lock'));
  expect(release.stable.image).toBe(image('1'));
});
