import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../../lib/cli/run.ts';
import { customResourceDefinitions } from '../../lib/schema/crd.ts';

async function tidegate(...args: readonly string[]) {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), color: false };
  const code = await run(args, io, () => undefined);
  return { code, out, err };
}

describe('crds', () => {
  it('prints a definition a document, as YAML and as one List', async () => {
    const yaml = await tidegate('crds');
    expect(yaml.code).toBe(0);
    const documents = parseAllDocuments(yaml.out).map((document) => document.toJS());
    expect(documents.map(({ metadata }) => metadata.name)).toEqual([
      'analysistemplates.argoproj.io',
      'clusteranalysistemplates.argoproj.io',
    ]);
    expect(documents).toEqual(customResourceDefinitions());
    expect(JSON.parse((await tidegate('crds', '--format', 'json')).out)).toEqual({ apiVersion: 'v1', kind: 'List', items: documents });
  });

  it('fits into the annotation that a client-side apply writes', () => {
    for (const definition of customResourceDefinitions()) expect(JSON.stringify(definition).length).toBeLessThan(256 * 1024);
  });

  it('takes no names', async () => {
    expect(await tidegate('crds', 'Rollout')).toMatchObject({ code: 2, err: expect.stringContaining("crds takes no 'Rollout'") });
  });
});
