// The few kinds of CEL rules of CustomResourceDefinitions that JSON Schema has words for.
import type { Schema } from './schema.ts';

const has = (...fields: readonly (string | undefined)[]): Schema => ({ required: fields.map(String) });
const ofType = (types: readonly unknown[]): Schema => ({ properties: { type: { enum: [...types] } } });
const atMostOne = ([a, b]: readonly string[]): Schema => ({ title: `at most one of '${a}' and '${b}'`, not: has(a, b) });

/** How a rule is written, and what it says of the value that it stands at; `types` are those of a union by `type`. */
const IDIOMS: readonly (readonly [rule: RegExp, schema: (groups: readonly string[], types: readonly unknown[]) => Schema])[] = [
  [/^duration\(self\) >= duration\('1ms'\)$/, () => ({ format: 'duration' })],
  [/^has\(self\.(\w+)\) \|\| has\(self\.(\w+)\)$/, ([a, b]) => ({ title: `'${a}' or '${b}'`, anyOf: [has(a), has(b)] })],
  [/^!has\(self\.(\w+)\) \|\| !has\(self\.(\w+)\)$/, atMostOne],
  [/^!\(has\(self\.(\w+)\) && has\(self\.(\w+)\)\)$/, atMostOne],
  [/^\(has\(self\.(\w+)\) \? 1 : 0\) \+ \(has\(self\.(\w+)\) \? 1 : 0\) <= 1$/, atMostOne],
  // The field that belongs to a type is there with it, and only with it.
  [
    /^!\(has\(self\.(\w+)\) && self\.type != '(\w+)'\)$/,
    ([field, type], types) => ({
      title: `'${field}' only where 'type' is '${type}'`,
      not: { ...has(field, 'type'), ...ofType(types.filter((one) => one !== type)) },
    }),
  ],
  [
    /^!\(!has\(self\.(\w+)\) && self\.type == '(\w+)'\)$/,
    ([field, type]) => ({ title: `'${field}' where 'type' is '${type}'`, anyOf: [has(field), { not: ofType([type]) }] }),
  ],
];

/**
 * A rule as a schema, or null where there are no words for it: that is left to the API server.
 * @param types what `type` may be beside it
 */
export function ruleAsSchema(rule: string, types: readonly unknown[] = []): Schema | null {
  for (const [written, schema] of IDIOMS) {
    const found = written.exec(rule.trim());
    if (found) return schema(found.slice(1), types);
  }
  return null;
}
