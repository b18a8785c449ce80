import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemaOf } from '../../lib/schema/kinds.ts';
import type { KubeObject } from '../../lib/schema/kube.ts';
import { matches } from '../../lib/schema/matches.ts';
import { generateSchemas } from '../../tools/gen-schemas.ts';
import { type Schema, visitSchema } from '../../tools/schemas/schema.ts';
import { changed } from './change.ts';
import { CORPUS } from './corpus.ts';
import { OTHER_KINDS } from './corpus-kinds.ts';

const FOLDER = new URL('../../lib/schema/kinds/', import.meta.url);
// The definitions of custom kinds are no part of the repository; test/real compares with them where they are at hand.
const generated = generateSchemas(null);

describe('the committed schemas', () => {
  it('are what the generator writes (npm run gen:schemas)', () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...generated.keys()].sort());
    for (const [file, text] of generated) expect(readFileSync(new URL(file, FOLDER), 'utf8'), file).toBe(text);
  });

  it('know every field of every object, but for what only a plugin, a web service or a chart knows', () => {
    const open: string[] = [];
    for (const [file, text] of generated) {
      if (file === 'manifest.json') continue;
      const schema = JSON.parse(text) as Schema;
      for (const root of [schema, ...Object.values(schema.definitions ?? {})])
        visitSchema(root, (part, name) => {
          if (part.type === 'object' && part.additionalProperties === undefined) open.push(`${file} ${name}`);
        });
    }
    expect(open).toEqual([
      'argoproj.io_v1alpha1_AnalysisRun.json plugin',
      'argoproj.io_v1alpha1_AnalysisRun.json jsonBody',
      'argoproj.io_v1alpha1_AnalysisTemplate.json plugin',
      'argoproj.io_v1alpha1_AnalysisTemplate.json jsonBody',
      'argoproj.io_v1alpha1_Application.json valuesObject',
      'argoproj.io_v1alpha1_ClusterAnalysisTemplate.json plugin',
      'argoproj.io_v1alpha1_ClusterAnalysisTemplate.json jsonBody',
      'argoproj.io_v1alpha1_Rollout.json config',
      'argoproj.io_v1alpha1_Rollout.json plugins',
    ]);
  });

  it('allow fractions only where Kubernetes does', () => {
    const fractions = new Set<string>();
    for (const [file, text] of generated) {
      if (file === 'manifest.json') continue;
      const schema = JSON.parse(text) as Schema;
      for (const root of [schema, ...Object.values(schema.definitions ?? {})])
        visitSchema(root, (part, name) => {
          if ([part.type].flat().includes('number') && part.title === undefined) fractions.add(`${file.replace(/^.*_/, '')} ${name}`);
        });
    }
    expect([...fractions].sort()).toEqual([
      'Canary.json max',
      'Canary.json min',
      'Canary.json threshold',
      'DestinationRule.json aggression',
      'DestinationRule.json minimumPercent',
      'DestinationRule.json percent',
      'VirtualService.json value',
    ]);
  });
});

/** Every place inside a value, as JSON pointers. */
function places(value: unknown, path = ''): string[] {
  if (value === null || typeof value !== 'object') return [path];
  return [
    ...(path === '' ? [] : [path]),
    ...Object.entries(value).flatMap(([key, item]) => (key.includes('/') ? [] : places(item, `${path}/${key}`))),
  ];
}

const HOSTILE = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 40,
  '',
  'x',
  'X Y',
  '80',
  '5%',
  '10s',
  [],
  ['x'],
  [{}],
  {},
  { name: 'x' },
  { exact: 'a', prefix: 'b' },
];
const mutated = fc
  .record({
    object: fc.constantFrom(...CORPUS, ...OTHER_KINDS),
    at: fc.nat(),
    value: fc.constantFrom(...HOSTILE),
    key: fc.constantFrom('', '', '/name', '/port', '/foo'),
  })
  .map(({ object, at, value, key }) => {
    const all = places(object);
    const place = all[at % all.length] ?? '';
    try {
      return changed(object, place + key, value);
    } catch {
      return changed(object, place, value);
    }
  });

const ajv = new Ajv({ strict: false, validateSchema: false, code: { optimize: false } });
const compiled = new Map<object, ValidateFunction>();

describe('walking a schema', () => {
  it('gives the verdict that ajv gives, whatever is wrong with an object', () => {
    fc.assert(
      fc.property(mutated, (object: KubeObject) => {
        const schema = schemaOf(object.apiVersion, object.kind);
        if (schema === null) return;
        const validate = compiled.get(schema) ?? ajv.compile(schema);
        compiled.set(schema, validate);
        expect(matches(schema, object)).toBe(validate(object));
      }),
      { numRuns: 3_000 },
    );
  });
});
