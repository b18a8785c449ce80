import { describe, expect, it } from 'vitest';
import { readProject } from '../../lib/intent/read-project.ts';
import { wordPattern } from '../../lib/policy/names.ts';
import { check, configProblems } from '../../lib/policy/policy.ts';
import { RULES } from '../../policies/index.ts';

const deployment = (name: string, namespace: string, labels = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}, labels: {${labels}}}
spec:
  revisionHistoryLimit: 15
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: a, image: nginx}]}
---
`;
const RELEASE = deployment('web', 'shop', 'tidegate.dev/release: web');

const policyOf = (written: string) => readProject(`policy:\n${written}`).policy;

function severities(text: string, written: string): Readonly<Record<string, string>> {
  const policy = { rules: RULES, config: policyOf(written), waivers: { entries: [], flaws: [] } };
  const { findings } = check({ texts: [{ name: 'a.yaml', text }], unreadable: [] }, policy, null);
  return Object.fromEntries(findings.map(({ rule, object, severity }) => [`${object?.name} ${rule}`, severity]));
}

describe('severities of tidegate.yaml', () => {
  it.each([
    ['  severity: {}\n', 'error'],
    ['  severity: {image-digest: info}\n', 'info'],
    ['  severity: {image-digest: info}\n  namespaces: {shop: {severity: {image-digest: warning}}}\n', 'warning'],
    ['  severity: {image-digest: info}\n  namespaces: {other: {severity: {image-digest: warning}}}\n', 'info'],
    ['  namespaces: {shop: {severity: {image-digest: info}}}\n  releases: {web: {severity: {image-digest: warning}}}\n', 'warning'],
    ['  releases: {other: {severity: {image-digest: warning}}}\n', 'error'],
    ['  releases: {web: {}}\n', 'error'],
  ])('%j', (written, expected) => {
    expect(severities(RELEASE, written)['web image-digest']).toBe(expected);
  });

  it('make a rule an error on workloads of no release too', () => {
    const text = deployment('batch', 'shop');
    expect(severities(text, '  severity: {}\n')['batch image-digest']).toBe('warning');
    expect(severities(text, '  severity: {image-digest: error}\n')['batch image-digest']).toBe('error');
  });

  it('make nothing of what is told for information', () => {
    const text = `${RELEASE.replace('nginx}', 'nginx, envFrom: [{secretRef: {name: s}}]}')}`;
    expect(severities(text, '  severity: {config-versioned: error}\n')['web config-versioned']).toBe('info');
  });
});

describe('what else tidegate.yaml says to the linter', () => {
  it('words of names that are of high risk replace the default ones', () => {
    const [grave] = RULES.filter(({ graver, severity }) => graver && severity === 'warning');
    const text = grave?.examples.find(({ finds }) => finds.length > 0)?.yaml ?? '';
    const found = (written: string) => Object.entries(severities(text, written)).find(([key]) => key.endsWith(` ${grave?.id}`))?.[1];
    expect(found('  highRisk: []\n')).toBe('warning');
    expect(found('  highRisk: [web]\n')).toBe('error');
  });

  it.each([
    ['payment', 'payment-api', true],
    ['payment', 'my.payment', true],
    ['payment', 'repayments', false],
    ['bill*', 'shop-billing-api', true],
    ['bill*', 'playbill', false],
    ['a.b', 'axb', false],
  ])('the word %s in the name %s: %s', (word, name, expected) => {
    expect(wordPattern([word])(name)).toBe(expected);
  });

  it('thresholds move the numbers of a rule', () => {
    const found = (written: string) => severities(RELEASE, written)['web history-kept'];
    expect(found('  thresholds: {}\n')).toBe('warning');
    expect(found('  thresholds: {history-kept: {most: 15}}\n')).toBeUndefined();
    expect(found('  thresholds: {history-kept: {most: 14}}\n')).toBe('warning');
  });

  it.each(
    RULES.flatMap((rule) =>
      Object.entries(rule.thresholds ?? {}).map(([name, threshold]) => [`${rule.id}.${name}`, rule, name, threshold] as const),
    ),
  )('%s decides over its examples', (_, rule, name, threshold) => {
    const found = (yaml: string, value: number) =>
      check(
        { texts: [{ name: 'a.yaml', text: yaml }], unreadable: [] },
        { rules: [rule], config: policyOf(`  thresholds: {${rule.id}: {${name}: ${value}}}\n`), waivers: { entries: [], flaws: [] } },
        null,
      ).findings.length;
    const moves = (yaml: string) => [0, 1_000_000].some((value) => found(yaml, value) !== found(yaml, threshold.default));
    expect(rule.examples.filter(({ yaml }) => moves(yaml))).not.toEqual([]);
  });

  it('every number that a rule states to be its own can be set', () => {
    expect(
      Object.fromEntries(RULES.filter(({ thresholds }) => thresholds).map(({ id, thresholds }) => [id, Object.keys(thresholds ?? {})])),
    ).toMatchObject({
      'analysis-window': ['seconds', 'highRisk'],
      'approval-high-risk': ['first'],
      'graceful-shutdown': ['preStop', 'grace', 'longGrace'],
      'history-kept': ['fewest', 'most'],
      'probe-timing': ['readinessPeriod', 'livenessFailures'],
      'probes-differ': ['times'],
      'scale-down-delay': ['seconds'],
      'smoke-bounded': ['retries'],
      'traffic-router': ['points'],
      'weights-increase': ['first', 'step'],
    });
  });

  it('externals are no findings', () => {
    const text = RELEASE.replace('nginx}', 'nginx, envFrom: [{configMapRef: {name: settings}}]}');
    const found = (written: string) => severities(text, written)['web config-versioned'];
    expect(found('  externals: []\n')).toBeDefined();
    expect(found('  externals: [ConfigMap/shop/settings]\n')).toBeUndefined();
    expect(found('  externals: ["ConfigMap/*/set*"]\n')).toBeUndefined();
    expect(found('  externals: [ConfigMap/other/settings]\n')).toBeDefined();
  });
});

describe('a mistake in the section policy', () => {
  it.each([
    ['  severty: {}\n', /policy\.severty: unknown field 'severty', did you mean 'severity'\?/],
    ['  severity: {image-digest: off}\n', /policy\.severity\['image-digest'\]: found 'off', expected one of/],
    ['  namespaces: {shop: {severities: {}}}\n', /did you mean 'severity'/],
    ['  thresholds: {history-kept: {most: many}}\n', /policy\.thresholds\['history-kept'\]\.most: found 'many'/],
  ])('%j is refused with its line', (written, message) => {
    expect(() => policyOf(written)).toThrow(message);
    expect(() => policyOf(written)).toThrow(/^tidegate\.yaml:2:/);
  });

  it.each([
    ['  severity: {image-digst: info}\n', 'policy.severity.image-digst', "there is no rule 'image-digst', did you mean 'image-digest'?"],
    [
      '  releases: {web: {severity: {sprea: info}}}\n',
      'policy.releases.web.severity.sprea',
      "there is no rule 'sprea', did you mean 'spread'?",
    ],
    [
      '  thresholds: {history-kept: {mots: 3}}\n',
      'policy.thresholds.history-kept.mots',
      "rule 'history-kept' has no threshold 'mots', did you mean 'most'?",
    ],
    ['  thresholds: {spread: {most: 3}}\n', 'policy.thresholds.spread.most', "rule 'spread' has no thresholds."],
    ['  externals: [settings]\n', 'policy.externals.0', "'settings' is no object, expected Kind/namespace/name or Kind/name."],
  ])('%j names nothing that is there', (written, path, message) => {
    expect(configProblems(policyOf(written), RULES).map(([segments, said]) => [segments.join('.'), said])).toEqual([[path, message]]);
  });
});
