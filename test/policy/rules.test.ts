import { describe, expect, it } from 'vitest';
import { lint } from '../../lib/policy/lint.ts';
import { RULES } from '../../policies/index.ts';

const lintText = (text: string) => lint({ texts: [{ name: 'manifests.yaml', text }], unreadable: [] }, { rules: RULES });

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it.each(rule.examples.map((example) => [example.title, example] as const))('%s', (_, { yaml, finds }) => {
    const paths = lintText(yaml)
      .findings.filter((finding) => finding.rule === id)
      .map(({ path }) => path);
    expect(paths.toSorted()).toEqual(finds.toSorted());
  });

  it('has an example that fails and one that passes', () => {
    expect(rule.examples.some(({ finds }) => finds.length > 0)).toBe(true);
    expect(rule.examples.some(({ finds }) => finds.length === 0)).toBe(true);
  });
});
