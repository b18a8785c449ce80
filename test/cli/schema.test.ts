import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../lib/cli/command.ts';
import { schema } from '../../lib/cli/schema.ts';
import { documentSchema } from '../../tools/intent/document.ts';

const file = (name: string) => readFileSync(new URL(`../../lib/intent/${name}.schema.json`, import.meta.url), 'utf8');

async function printed(...positionals: readonly string[]): Promise<Record<string, unknown>> {
  let text = '';
  const io = { out: (part: string) => (text += part), err: () => {}, color: false };
  expect(await schema.run({ positionals, values: {}, io })).toBe(0);
  return JSON.parse(text);
}

describe('tidegate schema', () => {
  it.each([
    [],
    ['ReleaseIntent'],
    ['ReleaseDefaults'],
    ['tidegate.yaml'],
    ['images.yaml'],
    ['approvals.yaml'],
    ['Deployment'],
    ['networking.istio.io/v1/VirtualService'],
  ])('%s prints a schema without mistakes of its own', async (...kind) => {
    const printedSchema = await printed(...kind.flat());
    expect(printedSchema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(() => new Ajv({ strict: false }).compile(printedSchema)).not.toThrow();
  });

  it('without KIND prints what editors complete a YAML intent from', async () => {
    const { definitions } = (await printed()) as { definitions: Record<string, { properties: Record<string, { description?: string }> }> };
    expect(definitions.Gate?.properties.errorRatio?.description).toBe("The candidate's share of failed requests, against a bound.");
    expect(definitions.ReleaseIntent?.properties.replicas?.description).toContain('Give this or `autoscale`.');
  });

  it('tells an editor of each kind of document, and of an intent with and without defaults', async () => {
    const fits = new Ajv({ strict: false }).compile(await printed());
    const document = (kind: string, spec: object) => fits({ apiVersion: 'tidegate.dev/v1alpha1', kind, metadata: { name: 'web' }, spec });
    expect([
      document('ReleaseDefaults', { replicas: 3 }),
      document('ReleaseMixin', { env: { A: 'a' }, includes: ['b'] }),
      document('ReleaseIntent', { defaults: 'company', image: 'web' }),
    ]).toEqual([true, true, true]);
    expect([
      document('ReleaseDefaults', { replcas: 3 }),
      document('ReleaseMixin', { replicas: 3 }),
      document('ReleaseIntent', { image: 'web' }),
      document('ReleaseIntent', { defaults: 'company', image: 'web', replcas: 3 }),
    ]).toEqual([false, false, false, false]);
  });

  it.each([
    [['Deploymnt'], "there is no schema of 'Deploymnt'; did you mean 'Deployment'?"],
    [['VirtualService'], 'VirtualService has several versions; name one of networking.istio.io/v1'],
    [['__proto__'], "there is no schema of '__proto__'"],
    [['a', 'b'], 'schema takes one kind'],
  ])('%j is a usage error', async (positionals, said) => {
    await expect(printed(...positionals)).rejects.toThrow(UsageError);
    await expect(printed(...positionals)).rejects.toThrow(said);
  });
});

it('lib/intent/document.schema.json is what the types generate (else: npm run gen:intent-schema)', () => {
  expect(documentSchema(file('intent'))).toBe(file('document'));
});
