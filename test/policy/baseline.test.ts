import { describe, expect, it } from 'vitest';
import { readBaseline, withoutKnown } from '../../lib/policy/baseline.ts';
import type { Finding } from '../../lib/policy/finding.ts';
import { lint } from '../../lib/policy/lint.ts';
import { withFindings } from '../../lib/policy/result.ts';
import { RULES } from '../../policies/index.ts';

const lintText = (text: string) => lint({ texts: [{ name: 'a.yaml', text }], unreadable: [] }, { rules: RULES });
const fingerprints = (text: string, id: string) =>
  lintText(text).findings.flatMap(({ rule, fingerprint }) => (rule === id ? [fingerprint] : []));

const deployment = (name: string, image: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop, labels: {tidegate.dev/release: web}}
spec: {template: {spec: {containers: [{name: a, image: ${image}${more}}]}}}
`;

describe('a fingerprint', () => {
  it.each<[what: string, rule: string, a: string, b: string, same: boolean]>([
    ['stays in the next revision', 'image-digest', deployment('web-1a2b3c4d', 'a:1'), deployment('web-5e6f7a8b', 'a:1'), true],
    ['changes with the value', 'image-digest', deployment('web', 'a:1'), deployment('web', 'a:2'), false],
    ['changes with the object', 'image-digest', deployment('web', 'a:1'), deployment('api', 'a:1'), false],
    ['of something missing stays when its neighbours change', 'resources-set', deployment('web', 'a:1'), deployment('web', 'a:2'), true],
    [
      'changes when more or less is missing',
      'resources-set',
      deployment('web', 'a:1'),
      deployment('web', 'a:1', ', resources: {requests: {cpu: 1}}'),
      false,
    ],
  ])('%s', (_, rule, a, b, same) => {
    const [before, after] = [fingerprints(a, rule), fingerprints(b, rule)];
    expect(before).toHaveLength(1);
    expect(after).toHaveLength(1);
    expect(before[0] === after[0]).toBe(same);
  });
});

describe('a baseline', () => {
  const base = lintText(deployment('web', 'a:1'));
  const [some] = base.findings;
  const at = (fingerprint: string, file: string): Finding => ({ ...(some ?? expect.fail('no finding')), fingerprint, file });
  const left = (now: readonly Finding[], before: readonly Finding[]) => withoutKnown(withFindings(base, now), before);

  it.each<[what: string, before: readonly string[], now: readonly string[], expected: readonly string[]]>([
    ['knows what is where it was', ['a/x.yaml'], ['a/x.yaml'], []],
    ['knows it in another file of the folder', ['a/x.yaml'], ['a/y.yaml'], []],
    ['knows both of two revisions', ['a/x.yaml'], ['a/x.yaml', 'a/y.yaml'], []],
    ['knows it in a folder that moved', ['a/x.yaml'], ['b/x.yaml'], []],
    ['takes a copy for a new one', ['a/x.yaml'], ['a/x.yaml', 'b/x.yaml'], ['b/x.yaml']],
    ['takes one copy of two for the one that moved', ['a/x.yaml'], ['b/x.yaml', 'c/x.yaml'], ['c/x.yaml']],
    ['knows nothing where there was nothing', [], ['a/x.yaml'], ['a/x.yaml']],
  ])('%s', (_, before, now, expected) => {
    const of = (files: readonly string[]) => files.map((file) => at('f', file));
    const { findings, summary } = left(of(now), of(before));
    expect([findings.map(({ file }) => file), summary.known]).toEqual([expected, now.length - expected.length]);
  });

  it.each(['', '[]', '{}', '{"version":2,"findings":[]}', '{"version":1,"findings":[{"file":"a"}]}', 'a: b'])('is not %j', (text) => {
    expect(readBaseline(text)).toBeNull();
  });
});
