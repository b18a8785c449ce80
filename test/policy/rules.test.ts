import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { unprovenImages } from '../../lib/constructs/proof.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { staleFindings } from '../../lib/policy/current.ts';
import { lint } from '../../lib/policy/lint.ts';
import { orderFindings } from '../../lib/policy/order.ts';
import { promotionFindings } from '../../lib/policy/promotion.ts';
import { unprovenFindings } from '../../lib/policy/proven.ts';
import { readWaivers } from '../../lib/policy/read-waivers.ts';
import { type LintResult, withFindings } from '../../lib/policy/result.ts';
import { applyWaivers } from '../../lib/policy/waivers.ts';
import { flagFile } from '../../policies/flag-examples.ts';
import { flagLifetime } from '../../policies/flag-lifetime.ts';
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
  'promotion-has-record': (text) => records(text),
  'proven-on': (text) => {
    const [lock, proof] = text.split('---\n').map((one) => parse(one) as Lock);
    const unproven = lock && proof ? unprovenImages(lock, proof.target, proof) : [];
    const about = { file: 'lock/web.yaml', release: 'web', source: null };
    return withFindings(
      lintText(''),
      unprovenFindings(unproven.map(({ image, message, help = '' }) => ({ ...about, image, message, help }))),
    );
  },
  'order-holds': (text) => {
    const queued = text.split('---\n').map((one, index) => ({ file: `lock/${index}.yaml`, lock: parse(one), recorded: [], source: null }));
    return withFindings(lintText(''), orderFindings(queued));
  },
};

const records = (text: string): LintResult => {
  const [lock = '', record = null] = text.split('---\n');
  const promotion = {
    file: 'lock/web.yaml',
    text: lock,
    lock: parse(lock),
    record: (plan: string) => ({ path: `${plan}.json`, text: withoutComment(record) }),
  };
  return withFindings(lintText(''), promotionFindings(promotion));
};
const withoutComment = (text: string | null): string | null => text?.replace(/^#.*\n/, '') ?? null;

const lintText = (text: string) =>
  lint({ texts: [{ name: 'manifests.yaml', text }], unreadable: [] }, { rules: RULES, today: '2026-01-15' });

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

describe('flag-lifetime', () => {
  const said = (flag: object, today?: string) =>
    lint(
      { texts: [{ name: 'flags.yaml', text: flagFile({ 'new-ranking': flag }) }], unreadable: [] },
      { rules: [flagLifetime], ...(today === undefined ? {} : { today }) },
    ).findings.map(({ message }) => message.replace("ConfigMap shop/web-flags: flag 'new-ranking' ", ''));
  const flag = { owner: 'team-search', created: '2026-01-01', expires: '2026-04-01' };

  it.each<[flag: object, today: string | undefined, ...said: string[]]>([
    [flag, undefined],
    [flag, '2026-04-01'],
    [flag, '2026-04-02', 'expired on 2026-04-01, 1 day ago.'],
    [flag, '2026-05-01', 'expired on 2026-04-01, 30 days ago.'],
    [{ ...flag, expires: '2026-04-02' }, undefined, 'lives 91 days, from 2026-01-01 to 2026-04-02, expected at most 90.'],
    [{ owner: 'team-search', created: '2026-01-01' }, '2026-04-02', 'has no expires.', 'is 91 days old, expected at most 90.'],
    [{}, '2026-04-02', 'has no owner, no created, no expires.'],
    [{ ...flag, created: '2026-02-30' }, undefined, "has the day '2026-02-30', which is none: expected one such as 2026-04-01."],
  ])('%j on %s', (flag, today, ...expected) => {
    expect(said(flag, today)).toEqual(expected);
  });
});
