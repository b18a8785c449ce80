import { join } from 'node:path';
import { ApiObject, type App, Chart, JsonPatch, Testing } from 'cdk8s';
import { ConfigMap, Deployment, Ingress, IngressBackend } from 'cdk8s-plus-28';
import { canary, Project, Release, type ReleaseIntent } from 'tidegate';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../lib/schema/index.ts';
import { chart, Repository } from '../cli/repository.ts';
import { errors, valid } from '../intent/valid.ts';
import { Copy, EXAMPLES, IMAGES } from '../proof/copy.ts';

/** Objects of YAML files, in whatever order, by what identifies them. */
function objectsOf(files: Readonly<Record<string, string>>, folder: string): ReadonlyMap<string, KubeObject> {
  const objects = Object.entries(files)
    .filter(([path]) => path.startsWith(folder) && path.endsWith('.yaml'))
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS() as KubeObject));
  const byKey = new Map(
    objects.map((object) => [`${object.apiVersion} ${object.kind} ${object.metadata.namespace}/${object.metadata.name}`, object]),
  );
  expect(byKey.size).toBe(objects.length);
  return new Map([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('cdk8s synth', () => {
  it('gives the objects that tidegate synth wrote, and writes neither lock nor dist', async () => {
    const copy = new Copy('shipped');
    expect(await copy.tidegate('record', ...EXAMPLES, '--initial')).toMatchObject({ code: 0 });
    copy.edit(IMAGES.web.file, IMAGES.web.from, IMAGES.web.to);
    expect(await copy.tidegate('synth')).toMatchObject({ code: 0 });
    const output = copy.output();

    const { code, err, out } = await copy.run('npx', ['cdk8s', 'synth'], { CDK8S_CHECK_UPGRADE: 'false' });
    expect(code, `${out}${err}`).toBe(0);
    expect(copy.output()).toEqual(output);
    const emitted = objectsOf(copy.files('cdk8s.out'), 'cdk8s.out/');
    expect(new Set([...emitted.values()].map(({ kind }) => kind))).toContain('Job');
    expect(emitted).toEqual(objectsOf(output, 'dist/'));
  });

  it('fails with the problems that tidegate synth reports', async () => {
    const copy = new Copy('shipped');
    copy.edit(IMAGES.web.file, 'replicas: 6', 'replicas: -6');
    const { code, err, out } = await copy.run('npx', ['cdk8s', 'synth'], { CDK8S_CHECK_UPGRADE: 'false' });
    expect(code).not.toBe(0);
    const said = `${out}${err}`;
    expect(said).toContain('[web/web] web.replicas: found -6');
    expect(said).toContain("release 'store-api' has no lock");
    expect(copy.output()).toEqual({});
  });
});

const INTENT = valid({ strategy: canary({ weights: [5, 50, 100], gates: [errors] }) }) as unknown as ReleaseIntent;

/** A chart with the release `web` beside what `more` puts in, in a project that has nothing yet. */
async function charted(more: (chart: Chart) => void): Promise<{ app: App; chart: Chart; release: Release }> {
  const { directory } = new Repository({});
  return Project.during(new Project({ directory, initial: ['web'] }), async () => {
    const app = Testing.app();
    const chart = new Chart(app, 'shop', { namespace: 'shop', labels: { team: 'shop' } });
    const release = new Release(chart, 'web', INTENT);
    more(chart);
    return { app, chart, release };
  });
}

const found = (chart: Chart, kind: string): ApiObject => {
  const object = chart.node.findAll().find((construct) => ApiObject.isApiObject(construct) && construct.kind === kind);
  if (!ApiObject.isApiObject(object)) throw new Error(`no ${kind}`);
  return object;
};

describe('a release in an ordinary chart', () => {
  it('shows its objects to Testing.synth, with the labels of the chart', async () => {
    const { chart } = await charted(() => undefined);
    const objects: KubeObject[] = Testing.synth(chart);
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name.replace(/[0-9a-f]{8}$/, 'HASH')}`).sort()).toEqual([
      'ConfigMap/web-app-HASH',
      'ConfigMap/web-runner-HASH',
      'Deployment/web-HASH',
      'NetworkPolicy/web',
      'PodDisruptionBudget/web-HASH',
      'Service/web',
      'Service/web-HASH',
      'Service/web-canary',
      'Service/web-stable',
      'VirtualService/web',
    ]);
    for (const { metadata } of objects) expect(metadata.labels).toMatchObject({ team: 'shop', 'tidegate.dev/release': 'web' });
  });

  it.each([
    ['spec', 'Deployment', JsonPatch.replace('/spec/template/spec/containers/0/image', 'registry.example.com/web:latest')],
    ['name', 'Service', JsonPatch.replace('/metadata/name', 'other')],
    ['labels', 'NetworkPolicy', JsonPatch.remove('/metadata/labels/tidegate.dev~1target')],
  ])('refuses a JSON patch of the %s of one of its objects', async (_, kind, patch) => {
    const { chart } = await charted((inside) => found(inside, kind).addJsonPatch(patch));
    expect(() => Testing.synth(chart)).toThrow(/ of release 'web' was changed after the release made it\. .*`podTemplate`/);
  });

  it('reports its problems through the validation of cdk8s', async () => {
    const { directory } = new Repository({});
    const chart = await Project.during(new Project({ directory }), async () => {
      const inside = new Chart(Testing.app(), 'shop');
      new Release(inside, 'web', INTENT);
      new Release(inside, 'Web_2', { ...INTENT, replcas: 3 } as never);
      return inside;
    });
    expect(() => Testing.synth(chart)).toThrow(
      /\[shop\/web\] release 'web' has no lock[\s\S]*\[shop\/Web_2\] Web_2\.replcas: unknown field 'replcas', did you mean 'replicas'\?/,
    );
  });

  it('stands beside cdk8s-plus constructs and raw objects', async () => {
    const { chart } = await charted((inside) => {
      const settings = new ConfigMap(inside, 'settings', { data: { a: '1' } });
      const worker = new Deployment(inside, 'worker', { containers: [{ image: 'registry.example.com/worker', portNumber: 8080 }] });
      const service = worker.exposeViaService();
      new Ingress(inside, 'ingress').addRule('/', IngressBackend.fromService(service));
      new ApiObject(inside, 'raw', { apiVersion: 'v1', kind: 'Secret', stringData: { from: settings.name } });
    });
    const kinds = (Testing.synth(chart) as KubeObject[]).map(({ kind }) => kind);
    for (const kind of ['Ingress', 'Secret', 'VirtualService']) expect(kinds).toContain(kind);
  });
});

describe('other objects of a chart', () => {
  const BESIDE = `import { ApiObject } from 'cdk8s';
import { Deployment, Ingress } from 'cdk8s-plus-28';
`;
  /** A recorded repository whose chart has more in it. */
  const beside = (more: string) => new Repository({ 'charts/main.ts': BESIDE + chart({ before: more }) });

  it('are written beside the release, in a folder of the chart', async () => {
    const repository = beside(`new Deployment(chart, 'worker', { replicas: 1, containers: [{ image: 'registry.example.com/worker' }] });`);
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code, err).toBe(0);
    expect(await repository.tidegate('synth')).toMatchObject({ code: 0 });
    expect(Object.keys(repository.files('dist')).join()).toMatch(/dist\/production\/shop\/web\/deployment-web-worker-\w+\.yaml/);
  });

  it('of a kind without a schema are reported as unchecked, and written', async () => {
    const repository = beside(
      `for (const name of ['a', 'b']) new ApiObject(chart, name, { apiVersion: 'example.com/v1', kind: 'Widget', spec: { any: 'thing' } });`,
    );
    expect(await repository.tidegate('record', 'web', '--initial')).toMatchObject({ code: 0 });
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(0);
    expect(err).toContain('unchecked: 2 example.com/v1 Widget; no schema of this kind is known.');
    const { out } = await repository.tidegate('synth', '--format', 'json');
    expect(JSON.parse(out).unchecked).toEqual([{ apiVersion: 'example.com/v1', kind: 'Widget', count: 2 }]);
  });

  it.each([
    ['a construct', `new Ingress(chart, 'empty');`, 'ingress with no rules or default backend'],
    [
      'an ApiObject',
      `new ApiObject(chart, 'x', { apiVersion: 'v1', kind: 'ConfigMap' }).node.addValidation({ validate: () => ['no good'] });`,
      'no good',
    ],
  ])('that %s finds wrong stop tidegate synth as they stop cdk8s synth, with their line', async (_, more, said) => {
    const { code, err } = await beside(more).tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`charts/main\\.ts\\n {2}9:1 .*${said}\\.`));
  });

  it('that patch a release are told by tidegate synth with the line that made it', async () => {
    const repository = new Repository({
      'charts/main.ts': chart().replace(
        'app.synth();',
        `for (const object of chart.node.findAll()) if (object.kind === 'Deployment') object.addJsonPatch(JsonPatch.remove('/spec/replicas'));\n$&`,
      ),
    });
    repository.edit(join('charts', 'main.ts'), 'App, Chart', 'App, Chart, JsonPatch');
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toMatch(
      /charts\/main\.ts\n {2}8:1 {2}apps\/v1 Deployment shop\/web-\w+ of release 'web' was changed after the release made it\./,
    );
  });
});
