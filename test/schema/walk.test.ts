import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import intentSchema from '../../lib/intent/intent.schema.json' with { type: 'json' };
import { PROJECT_SCHEMA } from '../../lib/intent/read-project.ts';
import lockSchema from '../../lib/lock/lock.schema.json' with { type: 'json' };
import { matches, type WalkedKeywords } from '../../lib/schema/matches.ts';
import { compile, image } from '../constructs/compiling.ts';
import { valid } from '../intent/valid.ts';

const PROJECT = {
  targets: { staging: { approvals: 'waived' }, production: null },
  helper: {
    image: 'node',
    resources: { requests: { cpu: '1', memory: '1' }, limits: { memory: '1' } },
    tolerations: [{ key: 'a', tolerationSeconds: 3 }],
  },
  gitops: { tool: 'flux', managers: ['x'] },
};
const LOCK = compile({ image: image('a') }, compile({}, null).lock).lock;

const VALUES = [null, true, 0, 1, -1, 1.5, 99_999, '', 'x', '5m', '10%', [], ['x'], {}, { x: 1 }, { http: {} }] as const;

/** Data with one place changed: another value, a field more, or one less. */
function mutate(data: unknown, choices: readonly number[], value: unknown): unknown {
  const copy = structuredClone(data);
  let holder = copy as Record<string, unknown>;
  for (const choice of choices) {
    const keys = Object.keys(holder);
    const key = keys[choice % keys.length];
    const inner = key === undefined ? undefined : holder[key];
    if (key === undefined || typeof inner !== 'object' || inner === null || Object.keys(inner).length === 0) break;
    holder = inner as Record<string, unknown>;
  }
  const keys = [...Object.keys(holder), ...(Array.isArray(holder) ? [] : ['extra', 'http', 'job', 'steps'])];
  const key = keys[(choices.at(-1) ?? 0) % keys.length] ?? 'extra';
  if (value === undefined && !Array.isArray(holder)) delete holder[key];
  else holder[key] = value ?? null;
  return copy;
}

describe('walking a schema', () => {
  it.each<[string, WalkedKeywords, unknown]>([
    ['an intent', intentSchema as WalkedKeywords, valid()],
    ['a lock', lockSchema as WalkedKeywords, LOCK],
    ['tidegate.yaml', PROJECT_SCHEMA, PROJECT],
  ])('of %s gives the verdict that ajv gives, whatever is wrong', (_, schema, data) => {
    const validate = new Ajv({ strict: false, validateSchema: false, inlineRefs: false, code: { optimize: false } }).compile(schema);
    expect(validate(data)).toBe(true);
    let refused = 0;
    const place = fc.array(fc.nat(40), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(place, fc.constantFrom(undefined, ...VALUES), (choices, value) => {
        const mutated = mutate(data, choices, value);
        const verdict = validate(mutated);
        if (!verdict) refused++;
        expect(matches(schema, mutated)).toBe(verdict);
      }),
      { numRuns: 1_000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
