import { describe, expect, it } from 'vitest';
import { staleFindings } from '../../lib/policy/current.ts';
import { lint } from '../../lib/policy/lint.ts';
import { readWaivers } from '../../lib/policy/read-waivers.ts';
import { type LintResult, withFindings } from '../../lib/policy/result.ts';
import { applyWaivers } from '../../lib/policy/waivers.ts';
import { RULES } from '../../policies/index.ts';
import { manifestsCurrent } from '../../policies/manifests-current.ts';

/** Examples of rules that look at something else than objects. */
const OTHERS: Readonly<Record<string, (text: string) => LintResult>> = {
  'waiver-valid': (text) => {
    const waivers = readWaivers(
      text,
      RULES.map(({ id }) => id),
    );
    return applyWaivers(lintText(''), waivers, '2026-01-15');
  },
  'manifests-current': (text) => {
    const fresh = manifestsCurrent.examples.find(({ finds }) => finds.length === 0)?.yaml;
    const stale = text === fresh ? [] : [{ file: 'dist/route.yaml', how: 'different' as const, source: null }];
    return withFindings(lintText(''), staleFindings(stale));
  },
};

const lintText = (text: string) => lint({ texts: [{ name: 'manifests.yaml', text }], unreadable: [] }, { rules: RULES });

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it.each(rule.examples.map((example) => [example.title, example] as const))('%s', (_, { yaml, finds }) => {
    const paths = (OTHERS[id] ?? lintText)(yaml)
      .findings.filter((finding) => finding.rule === id)
      .map(({ path }) => path);
    expect(paths.toSorted()).toEqual(finds.toSorted());
  });

  it('has an example that fails and one that passes', () => {
    expect(rule.examples.some(({ finds }) => finds.length > 0)).toBe(true);
    expect(rule.examples.some(({ finds }) => finds.length === 0)).toBe(true);
  });
});
