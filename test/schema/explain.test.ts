import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { dottedPath, explainErrors, jsonPointer } from '../../lib/schema/explain.ts';
import { formatProblem } from '../../lib/schema/problem.ts';

const CANARY = {
  type: 'object',
  required: ['type', 'weights'],
  additionalProperties: false,
  properties: { type: { const: 'canary' }, weights: { type: 'array', minItems: 1, items: { type: 'integer', minimum: 1, maximum: 100 } } },
};
const BLUE_GREEN = {
  type: 'object',
  required: ['type'],
  additionalProperties: false,
  properties: { type: { const: 'blueGreen' }, previewSeconds: { type: 'integer' } },
};
const SCHEMA = {
  type: 'object',
  required: ['image'],
  additionalProperties: false,
  properties: {
    image: { type: 'string', minLength: 1 },
    replicas: { type: 'integer', minimum: 0 },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    ratio: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
    delay: { type: ['string', 'integer'], pattern: '^\\d+s$', title: "a duration such as '90s'" },
    risk: { enum: ['normal', 'high'] },
    hosts: { type: 'array', uniqueItems: true, items: { type: 'string' } },
    labels: {
      type: 'object',
      propertyNames: { pattern: '^[a-z/.]+$', title: 'a label in lower case' },
      additionalProperties: { type: 'string' },
    },
    match: {
      type: 'object',
      properties: { exact: { type: 'string' }, prefix: { type: 'string' } },
      oneOf: [{ required: ['exact'] }, { required: ['prefix'] }],
    },
    strategy: { anyOf: [{ $ref: '#/definitions/Canary' }, { $ref: '#/definitions/BlueGreen' }] },
    wait: { anyOf: [{ type: 'integer' }, { type: 'boolean' }] },
    nested: { type: 'object', additionalProperties: false, properties: {} },
  },
  definitions: { Canary: CANARY, BlueGreen: BLUE_GREEN },
};
const validate = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true }).compile(SCHEMA);

function sentences(fields: Record<string, unknown>): string[] {
  validate({ image: 'web', ...fields });
  return explainErrors(validate.errors ?? []).map(formatProblem);
}

describe('explainErrors', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ image: undefined }, "'image' is missing, expected a text that is not empty."],
    [{ image: '' }, "/image: found '', expected a text that is not empty."],
    [{ replicas: 1.5 }, '/replicas: found 1.5, expected an integer of at least 0.'],
    [{ replicas: '3' }, "/replicas: found '3', expected an integer of at least 0."],
    [{ port: 70000 }, '/port: found 70000, expected an integer from 1 to 65535.'],
    [{ ratio: 0 }, '/ratio: found 0, expected a number of at most 1 and above 0.'],
    [{ delay: 'soon' }, "/delay: found 'soon', expected a duration such as '90s'."],
    [{ risk: 'hihg' }, "/risk: found 'hihg', expected one of 'normal' or 'high'; did you mean 'high'?"],
    [{ risk: null }, "/risk: found null, expected one of 'normal' or 'high'."],
    [{ hosts: ['a', 'b', 'a'] }, '/hosts: entries 0 and 2 are equal, expected each once.'],
    [{ hosts: {} }, '/hosts: found an object, expected a list.'],
    [{ labels: { Tier: 'web' } }, "/labels/Tier: found 'Tier', expected a label in lower case."],
    [{ labels: { 'a/b': 1 } }, '/labels/a~1b: found 1, expected a text.'],
    [{ replica: 3 }, "/replica: unknown field 'replica', did you mean 'replicas'?"],
    [{ nested: { x: 1 } }, "/nested/x: unknown field 'x', expected none."],
    [{ match: { exact: 'a', prefix: 'b' } }, "/match: found 'exact' and 'prefix' together, expected only one of them."],
    [{ match: {} }, "/match: found none of 'exact' and 'prefix', expected exactly one."],
    [{ wait: 'long' }, "/wait: found 'long', expected an integer or true or false."],
  ])('says of %j: %s', (fields, sentence) => {
    expect(sentences(fields)).toEqual([sentence]);
  });

  it('follows the branch of a union that was meant', () => {
    expect(sentences({ strategy: { type: 'canary', weights: [5, 200] } })).toEqual([
      '/strategy/weights/1: found 200, expected an integer from 1 to 100.',
    ]);
    expect(sentences({ strategy: { type: 'canary', weights: [] } })).toEqual([
      '/strategy/weights: found 0 entries, expected a list of at least 1 entry.',
    ]);
  });

  it('names every mistake once', () => {
    expect(sentences({ image: undefined, imgae: 'web', replicas: -1, foo: true })).toEqual([
      "/imgae: unknown field 'imgae', did you mean 'image'?",
      "/foo: unknown field 'foo', expected image, replicas, port, ratio, delay, risk, hosts, labels, match, strategy, wait or nested.",
      '/replicas: found -1, expected an integer of at least 0.',
    ]);
  });

  it('can write places as TypeScript does, and keep secrets', () => {
    validate({ image: 'web', hosts: [1], labels: { password: 12345, 'x/y': 5 } });
    const problems = explainErrors(validate.errors ?? [], { path: dottedPath, conceal: ([first]) => first === 'labels' });
    expect(problems.map(formatProblem)).toEqual([
      'hosts[0]: found 1, expected a text.',
      'labels.password: found a number, expected a text.',
      "labels['x/y']: found a number, expected a text.",
    ]);
  });

  it('cuts long values', () => {
    expect(sentences({ delay: 'x'.repeat(500) })[0]?.length).toBeLessThan(150);
  });
});

describe('paths', () => {
  it('escapes JSON pointers as RFC 6901 demands', () => {
    expect(jsonPointer([])).toBe('');
    expect(jsonPointer(['metadata', 'labels', 'a/b~c'])).toBe('/metadata/labels/a~1b~0c');
  });
});
