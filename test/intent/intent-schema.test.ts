import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import schema from '../../lib/intent/intent.schema.json' with { type: 'json' };
import { intentSchema } from '../../tools/intent/schema.ts';

const committed = new URL('../../lib/intent/intent.schema.json', import.meta.url);

describe('the schema of an intent', () => {
  test('is what the types generate (else: npm run gen:intent-schema)', () => {
    expect(intentSchema()).toBe(readFileSync(committed, 'utf8'));
  }, 30_000);

  test('is a schema without mistakes of its own', () => {
    expect(() => new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(schema)).not.toThrow();
  });

  test('refuses unknown fields in every object that has fields', () => {
    const open: string[] = [];
    const walk = (value: unknown, place: string): void => {
      if (value === null || typeof value !== 'object') return;
      if ('properties' in value && 'type' in value && !('additionalProperties' in value)) open.push(place);
      for (const [key, inner] of Object.entries(value)) walk(inner, `${place}/${key}`);
    };
    walk(schema, '');
    expect(open).toEqual([]);
  });

  test('describes fields and their defaults for editors', () => {
    expect(schema.definitions.Deadlines.properties.ready).toEqual({
      $ref: '#/definitions/DurationLike',
      description: "For the candidate's pods to become ready. Default: 10m.",
      default: '10m',
    });
  });
});
