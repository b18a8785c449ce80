import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../lib/intent/policy-config.ts';
import { check } from '../../lib/policy/policy.ts';
import { readWaivers } from '../../lib/policy/read-waivers.ts';
import { RULES } from '../../policies/index.ts';

const IDS = RULES.map(({ id }) => id);
const TODAY = '2026-03-01';

const job = (name: string, namespace = 'shop', image = 'nginx') => `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}, namespace: ${namespace}, labels: {tidegate.dev/release: web}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: ${image}}, {name: b, image: ${image}}]}}}
---
`;

interface Entry {
  readonly rule?: string;
  readonly object?: string;
  readonly path?: string;
  readonly expires?: string;
}

const waivers = (...entries: readonly Entry[]): string =>
  `waivers:\n${entries
    .map((entry) => ({ rule: 'image-digest', object: 'Job/shop/web-1', reason: 'vendor', owner: 'team', expires: '2026-03-31', ...entry }))
    .map((entry) => `  - ${JSON.stringify(entry)}\n`)
    .join('')}`;

/** What is left of `image-digest`, how many are waived, and what is said of the waivers. */
function judged(text: string, source: string, today: string | null = TODAY) {
  const policy = { rules: RULES, config: DEFAULT_POLICY, waivers: readWaivers(source, IDS) };
  const { findings, summary } = check({ texts: [{ name: 'a.yaml', text }], unreadable: [] }, policy, today);
  const images = findings.filter(({ rule }) => rule === 'image-digest');
  return {
    open: images.filter(({ waiver }) => waiver === null).map(({ object, path }) => `${object?.name} ${path.slice(-7)}`),
    waived: images.filter(({ waiver }) => waiver !== null).length,
    said: findings.filter(({ rule }) => rule === 'waiver-valid').map(({ severity, line, message }) => `${line} ${severity} ${message}`),
    summary,
  };
}

describe('a waiver', () => {
  it.each<[what: string, entry: Entry, waived: number]>([
    ['of an object covers all that its rule finds there', {}, 2],
    ['of a path covers that value', { path: '/spec/template/spec/containers/1/image' }, 1],
    ['of a path covers what lies in it', { path: '/spec/template/spec/containers/1' }, 1],
    ['of a path covers no sibling that begins alike', { path: '/spec/template/spec/container' }, 0],
    ['takes a star for any part of a name', { object: 'Job/shop/web-*' }, 2],
    ['takes a star for any namespace', { object: 'Job/*/web-1' }, 2],
    ['covers no other object', { object: 'Job/shop/web-2' }, 0],
    ['covers no other namespace', { object: 'Job/prod/web-1' }, 0],
    ['covers no other kind', { object: 'Pod/shop/web-1' }, 0],
    ['covers no other rule', { rule: 'pod-security' }, 0],
    ['without a namespace covers none that has one', { object: 'Job/web-1' }, 0],
  ])('%s', (_, entry, waived) => {
    expect(judged(job('web-1'), waivers(entry)).waived).toBe(waived);
  });

  it('follows its object wherever its lines move, and counts neither as error nor as warning', () => {
    const before = judged(job('web-1'), waivers({}));
    const after = judged(`# more\n\n\n${job('other', 'shop', `a@sha256:${'1'.repeat(64)}`)}${job('web-1')}`, waivers({}));
    expect([before.open, after.open]).toEqual([[], []]);
    expect(after.summary.waived).toBe(2);
  });

  it.each([
    ['2026-02-28', ['2 error waiver of image-digest for Job/shop/web-1: it expired on 2026-02-28, 1 day ago.'], 0],
    ['2026-03-01', [], 2],
    ['2026-05-30', [], 2],
    ['2026-05-31', ['2 error waiver of image-digest for Job/shop/web-1: it expires in 91 days, expected at most 90.'], 0],
  ])('that ends on %s, on 2026-03-01', (expires, said, waived) => {
    expect(judged(job('web-1'), waivers({ expires }))).toMatchObject({ said, waived });
  });

  it('counts on any day where there is no clock, as in synth', () => {
    expect(
      judged(job('web-1'), waivers({ expires: '2020-01-01' }, { object: 'Job/shop/web-1', rule: 'pod-security' }), null),
    ).toMatchObject({
      said: [],
      waived: 2,
    });
  });

  it('that finds nothing any more warns at its line, but only where its object was linted', () => {
    const source = waivers({}, { rule: 'weights-sum' }, { object: 'Job/shop/elsewhere' });
    expect(judged(job('web-1'), source).said).toEqual([
      '3 warning waiver of weights-sum for Job/shop/web-1: the rule finds nothing there any more.',
    ]);
  });

  it.each<[entry: Entry, message: RegExp]>([
    [{ rule: 'image-digst' }, /there is no rule 'image-digst', did you mean 'image-digest'\?$/],
    [{ rule: 'waiver-valid' }, /'waiver-valid' cannot be waived/],
    [{ object: 'web' }, /'web' is no object, expected Kind\/namespace\/name or Kind\/name/],
    [{ path: 'spec/replicas' }, /'spec\/replicas' is no path/],
    [{ expires: '2026-02-30' }, /'2026-02-30' is no day/],
    [{ expires: 'never' }, /'never' is no day/],
  ])('with %j is an error and waives nothing, while others count', (entry, message) => {
    const { said, waived } = judged(job('web-1'), waivers(entry, {}));
    expect([said, waived]).toEqual([[expect.stringMatching(message)], 2]);
    expect(judged(job('web-1'), waivers(entry)).waived).toBe(0);
  });

  it.each([
    [
      'waivers:\n  - {rule: image-digest, object: Job/shop/web-1, expires: 2026-03-31}\n',
      /^2 error waivers\[0\]\.?\w*: .*(?:owner|reason)/,
    ],
    ['waivers:\n  - {rule: a, object: b, reason: c, ownr: d, owner: e, expires: 2026-03-31}\n', /ownr.*did you mean 'owner'/],
    ['waiver: []\n', /unknown field 'waiver', did you mean 'waivers'/],
    ['waivers: [\n', /^\d+ error /],
    ['- a\n', /^1 error /],
  ])('file %j is an error at its line', (source, message) => {
    const { said, waived } = judged(job('web-1'), source);
    expect([said[0], waived]).toEqual([expect.stringMatching(message), 0]);
  });

  it('may be of a file that cannot be read', () => {
    const { summary } = judged('a: [', waivers({ rule: 'yaml', object: 'a.yaml' }));
    expect(summary).toMatchObject({ errors: 0, waived: 1 });
  });
});
