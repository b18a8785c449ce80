import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { customResourceDefinitions } from '../../lib/schema/crd.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { checkObject } from '../../lib/schema/validate.ts';
import { changed } from '../schema/change.ts';
import { ANALYSIS_TEMPLATE } from '../schema/corpus.ts';
import { condition, describeApi, freshNamespace, type Kube, until } from './harness.ts';

/** A group of their own: the tests beside this one have Argo's definitions installed, and there is one for each name. */
const GROUP = 'crds.tidegate.dev';
const elsewhere = (object: KubeObject): KubeObject => JSON.parse(JSON.stringify(object).replaceAll('argoproj.io', GROUP));

const golden = fileURLToPath(new URL('../golden/', import.meta.url));
const EMITTED = readdirSync(golden, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\/analysistemplate-[^/]+\.yaml$/.test(path))
  .map((path): KubeObject => parse(readFileSync(join(golden, path), 'utf8')));

/** What is changed, and whether it is still a template: for the server by its definition, and for `tidegate lint`. */
const CHANGES: readonly (readonly [what: string, path: string, value: unknown, accepted: boolean])[] = [
  ['nothing', '/spec/args/0/name', 'service', true],
  ['a count that is an argument', '/spec/metrics/0/count', '{{args.count}}', true],
  ['a count as text', '/spec/metrics/0/count', '5', true],
  ['whatever a plugin takes', '/spec/metrics/3/provider/plugin', { 'example/other': { deep: [{ er: 1 }] } }, true],
  ['a quantity as a number', '/spec/metrics/2/provider/job/spec/template/spec/containers/0/resources', { limits: { cpu: 0.5 } }, true],
  ['no spec', '/spec', undefined, false],
  ['no metrics', '/spec/metrics', 'none', false],
  ['an unknown field', '/spec/metric', [], false],
  ['an unknown field of a metric', '/spec/metrics/0/failLimit', 1, false],
  ['an unknown field at depth', '/spec/metrics/2/provider/job/spec/template/spec/containers/0/imag', 'x', false],
  ['a metric without a name', '/spec/metrics/0/name', undefined, false],
  ['a metric without a provider', '/spec/metrics/0/provider', undefined, false],
  ['a provider that is nobody', '/spec/metrics/0/provider', {}, false],
  ['two providers at once', '/spec/metrics/0/provider/web', { url: 'http://web' }, false],
  ['a count that is no number', '/spec/metrics/0/count', 'five', false],
  ['a limit below 0', '/spec/measurementRetention/0/limit', -1, false],
  ['an interval that is no duration', '/spec/metrics/0/interval', '30 seconds', false],
  ['a condition that is a number', '/spec/metrics/0/successCondition', 1, false],
  ['an HTTP method that Argo does not know', '/spec/metrics/1/provider/web/method', 'PATCH', false],
  ['an argument from nowhere', '/spec/args/2/valueFrom/secretKeyRef/key', undefined, false],
  ['a quantity that is none', '/spec/metrics/2/provider/job/spec/template/spec/containers/0/resources', { limits: { cpu: 'two' } }, false],
];

/** Where `tidegate lint` says more: a definition has no words for names of keys, nor for a number or a text, and does not look ahead. */
const LINT_ONLY: readonly (readonly [what: string, path: string, value: unknown])[] = [
  ['a quantity that is a list', '/spec/metrics/2/provider/job/spec/template/spec/containers/0/resources', { limits: { cpu: [1] } }],
  ['a label of a Job with spaces', '/spec/metrics/2/provider/job/metadata/labels', { 'a b': 'x' }],
  [
    'a port name without a letter',
    '/spec/metrics/2/provider/job/spec/template/spec/containers/0/ports',
    [{ containerPort: 80, name: '80' }],
  ],
];

describe('tidegate lint, of the same changes', () => {
  it.each(CHANGES)('%s', (_, path, value, accepted) => {
    expect(checkObject(changed(ANALYSIS_TEMPLATE, path, value)).length === 0).toBe(accepted);
  });

  it.each(LINT_ONLY)('%s', (_, path, value) => {
    expect(checkObject(changed(ANALYSIS_TEMPLATE, path, value))).not.toEqual([]);
  });
});

describeApi('what `tidegate crds` prints', (kube) => {
  let namespace: string;
  beforeAll(async () => {
    for (const definition of customResourceDefinitions().map(elsewhere)) await establish(kube, definition);
  });

  /** Only judges. */
  const judge = (object: KubeObject): Promise<string> =>
    kube.create(elsewhere({ ...object, metadata: { ...object.metadata, namespace } }), { dryRun: true }).then(
      () => 'accepted',
      (error: Error) => error.message,
    );

  it('is accepted by the API server as it stands, under its own names', async () => {
    for (const definition of customResourceDefinitions()) await kube.apply(definition, { manager: 'tests', force: true, dryRun: true });
  });

  it('accepts every AnalysisTemplate that Tidegate writes', async () => {
    namespace = await freshNamespace(kube);
    expect(EMITTED.length).toBeGreaterThan(10);
    expect((await Promise.all(EMITTED.map(judge))).filter((said) => said !== 'accepted')).toEqual([]);
  });

  it('lets the API server judge as `tidegate lint` does', async () => {
    namespace = await freshNamespace(kube);
    const verdicts = await Promise.all(CHANGES.map(([, path, value]) => judge(changed(ANALYSIS_TEMPLATE, path, value))));
    const wrong = CHANGES.flatMap(([what, , , accepted], index) =>
      (verdicts[index] === 'accepted') === accepted ? [] : [`${what}: ${verdicts[index]}`],
    );
    expect(wrong).toEqual([]);
    const more = await Promise.all(LINT_ONLY.map(([, path, value]) => judge(changed(ANALYSIS_TEMPLATE, path, value))));
    expect(more).toEqual(LINT_ONLY.map(() => 'accepted'));
  });

  it('knows ClusterAnalysisTemplates, which are in no namespace', async () => {
    const { namespace: _, ...metadata } = ANALYSIS_TEMPLATE.metadata;
    const template = elsewhere({ ...ANALYSIS_TEMPLATE, kind: 'ClusterAnalysisTemplate', metadata });
    await expect(kube.create(template, { dryRun: true })).resolves.toMatchObject({ kind: 'ClusterAnalysisTemplate' });
  });
});

async function establish(kube: Kube, definition: KubeObject): Promise<void> {
  await kube.apply(definition, { manager: 'tests', force: true });
  const live = await until(`established ${definition.metadata.name}`, async () => {
    const found = await kube.get(definition);
    return condition(found, 'Established') === 'True' ? found : null;
  });
  expect(condition(live, 'NonStructuralSchema')).toBeUndefined();
  const { names } = definition.spec as { readonly names: { readonly kind: string } };
  await until(`discovery of ${definition.metadata.name}`, () =>
    kube.list({ apiVersion: `${GROUP}/v1alpha1`, kind: names.kind }).catch(() => null),
  );
}
