import { ApiObject, App, Chart, type IResolver, Lazy } from 'cdk8s';
import { Project, Release, type ReleaseIntent } from 'tidegate';
import { expect, it } from 'vitest';
import { collect } from '../../lib/constructs/collect.ts';
import { Repository } from '../cli/repository.ts';
import { valid } from '../intent/valid.ts';
import { RICH } from '../proof/rich.ts';

interface Ways {
  readonly intent?: ReleaseIntent;
  readonly labels?: Record<string, string>;
  readonly resolvers?: IResolver[];
  readonly use?: (chart: Chart, release: Release) => void;
}

/** What is emitted of a release's first entry, as text, since the order of keys counts as well. */
function emitted({ intent = valid({}) as unknown as ReleaseIntent, use = () => undefined, ...ways }: Ways) {
  const { directory } = new Repository({});
  const project = new Project({ directory, initial: ['web'] });
  return Project.during(project, async () => {
    const app = new App({ resolvers: ways.resolvers ?? [] });
    const chart = new Chart(app, 'shop', { namespace: 'shop', labels: ways.labels ?? {} });
    use(chart, new Release(chart, 'web', intent));
    const { manifests, problems } = collect([app], project);
    return { objects: manifests.map(({ object }) => JSON.stringify(object)), problems: problems.map(({ message }) => message) };
  });
}

/** Walks the tree, as cdk8s and other programs do. */
const look = (chart: Chart) => chart.node.findAll().filter((construct) => ApiObject.isApiObject(construct));

it.each([
  ['a small one', {}],
  ['a rich one', { intent: RICH }],
])('a release that nobody looks into emits what its constructs would: %s', async (_, ways) => {
  const unseen = await emitted(ways);
  expect(unseen.problems).toEqual([]);
  expect(unseen.objects.length).toBeGreaterThan(8);
  expect(await emitted({ ...ways, use: look })).toEqual(unseen);
});

it('its constructs are found, in their place, by whoever looks', async () => {
  const seen: string[] = [];
  await emitted({
    use: (chart) => {
      new ApiObject(chart, 'after', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'after' } });
      seen.push(...look(chart).map(({ node }) => node.path));
    },
  });
  expect(seen[0]).toMatch(/^shop\/web\/production\//);
  expect(seen.at(-1)).toBe('shop/after');
  expect(seen.length).toBeGreaterThan(8);
});

it('what a chart adds to them is emitted, and what it changes is refused', async () => {
  const labelled = await emitted({
    use: (chart) => {
      for (const object of look(chart)) object.metadata.addLabel('team', 'shop');
    },
  });
  expect(labelled.objects.every((text) => text.includes('"team":"shop"'))).toBe(true);
  const { problems } = await emitted({
    use: (chart) => {
      for (const object of look(chart)) object.metadata.add('generateName', 'web-');
    },
  });
  expect(problems[0]).toMatch(/of release 'web' was changed after the release made it/);
});

it('labels of the chart are on each of them', async () => {
  const { objects } = await emitted({ labels: { team: 'shop' } });
  expect(objects.every((text) => text.includes('"team":"shop"'))).toBe(true);
});

it('a resolver of the app sees what they hold', async () => {
  const resolved: unknown[] = [];
  await emitted({ resolvers: [{ resolve: ({ value }) => void resolved.push(value) }] });
  expect(resolved).toContain('Deployment');
});

it('an object beside it is made once, with what is only known at the end', async () => {
  let made = 0;
  const lazy = Lazy.any({ produce: () => `${++made}` });
  const { objects } = await emitted({
    use: (chart) => void new ApiObject(chart, 'beside', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { lazy } }),
  });
  expect([objects.at(-1), made]).toEqual([expect.stringContaining('{"lazy":"1"}'), 1]);
});
