import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ruleAsSchema } from '../../tools/schemas/cel.ts';
import { readDefinition } from '../../tools/schemas/definitions.ts';

const folder = mkdtempSync(join(tmpdir(), 'definitions-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the generator makes of one field's schema. */
function field(schema: object, description = ''): unknown {
  const file = join(folder, 'definition.yaml');
  const root = { type: 'object', properties: { field: schema } };
  writeFileSync(file, `${description}spec: ${JSON.stringify({ versions: [{ name: 'v1', schema: { openAPIV3Schema: root } }] })}\n`);
  return readDefinition(file, 'v1').properties?.field;
}

const text = { type: 'string' };
const keeps = { 'x-kubernetes-preserve-unknown-fields': true };

describe('the schema of a definition', () => {
  it.each<[string, object, object]>([
    ['says nothing in sentences', { ...text, description: 'Words.' }, text],
    [
      'closes an object',
      { type: 'object', properties: { a: text } },
      { type: 'object', properties: { a: text }, additionalProperties: false },
    ],
    ['closes an object that names no field', { type: 'object' }, { type: 'object', properties: {}, additionalProperties: false }],
    ['leaves a map open', { type: 'object', additionalProperties: text }, { type: 'object', additionalProperties: text }],
    [
      'leaves open what keeps all fields',
      { type: 'object', ...keeps, properties: { a: text } },
      { type: 'object', properties: { a: text } },
    ],
    ['takes anything where nothing is said', keeps, {}],
    ['knows numbers or text', { anyOf: [{ type: 'integer' }, text], 'x-kubernetes-int-or-string': true }, { type: ['integer', 'string'] }],
    ['allows null where the definition does', { ...text, nullable: true, enum: ['a'] }, { type: ['string', 'null'], enum: ['a', null] }],
    [
      'does not miss what has a default',
      { type: 'object', required: ['a', 'b'], properties: { a: text, b: { ...text, default: 'x' } } },
      { type: 'object', required: ['a'], properties: { a: text, b: text }, additionalProperties: false },
    ],
    [
      'takes a branch for absent fields by their default',
      {
        type: 'object',
        properties: { kind: { ...text, default: 'x' } },
        oneOf: [{ properties: { kind: { enum: ['x'] } } }, { properties: { kind: { enum: ['y'] } } }],
      },
      {
        type: 'object',
        properties: { kind: text },
        additionalProperties: false,
        oneOf: [{ properties: { kind: { enum: ['x'] } } }, { properties: { kind: { enum: ['y'] } }, required: ['kind'] }],
      },
    ],
    [
      'asks at once for what all branches need',
      { ...keeps, oneOf: [{ required: ['type', 'a'] }, { required: ['type', 'b'] }] },
      { required: ['type'], oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    ],
    ['spells out a flag of Go', { ...text, pattern: '^(?i)(on)?$' }, { ...text, pattern: '^([oO][nN])?$' }],
    [
      'has words for some rules, and leaves the others to the server',
      { ...text, 'x-kubernetes-validations': [{ rule: "duration(self) >= duration('1ms')" }, { rule: 'self != oldSelf' }] },
      { ...text, format: 'duration' },
    ],
  ])('%s', (_, schema, expected) => {
    expect(field(schema)).toEqual(expected);
  });

  it('is read though a quoted description is indented less than YAML wants', () => {
    expect(field(text, "about:\n  description: 'one line\n  and another: it''s quoted'\n")).toEqual(text);
  });

  it('is of the version that was asked for', () => {
    field(text);
    expect(() => readDefinition(join(folder, 'definition.yaml'), 'v2')).toThrow('has no version v2');
  });
});

describe('a CEL rule', () => {
  it.each([
    ['has(self.a) || has(self.b)', "'a' or 'b'"],
    ['!has(self.a) || !has(self.b)', "at most one of 'a' and 'b'"],
    ['!(has(self.a) && has(self.b))', "at most one of 'a' and 'b'"],
    ['(has(self.a) ? 1 : 0) + (has(self.b) ? 1 : 0) <= 1', "at most one of 'a' and 'b'"],
    ["!(has(self.cors) && self.type != 'CORS')", "'cors' only where 'type' is 'CORS'"],
    ["!(!has(self.cors) && self.type == 'CORS')", "'cors' where 'type' is 'CORS'"],
    ['self.all(key, key.size() != 0)', undefined],
  ])('%s', (rule, title) => {
    expect(ruleAsSchema(rule, ['CORS', 'Other'])?.title).toBe(title);
  });
});
