import { describe, expect, it } from 'vitest';
import { codeOf, notifierTamperings, programTamperings, tamperings, type Walked } from '../../lib/cli/operator/tampering.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import { type Approval, approvalKey, orderText } from '../../lib/plan/orders.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { SIGNING, signature } from '../../lib/sim/release/signing.ts';
import { webPlan } from '../plan/plans.ts';

const SIGNED: Plan = { ...webPlan(), uses: ['signatures'], signing: SIGNING };
const PLAIN = webPlan();
const [ann, bob] = ['person-0@example.com', 'person-1@example.com'] as const;
const AT = '2026-01-05T09:00:00Z';

const configMap = (data: object) => ({ data });
const planText = (plan: Plan, hash = shortHash(plan)) => JSON.stringify({ hash, ...plan });
const statusText = (status: object) => JSON.stringify({ ...status, digest: shortHash(JSON.stringify(status)) });
const approved = (plan: Plan, key: string = ann, more: Partial<Approval> = {}): readonly [string, string] => {
  const said: Approval = { plan: shortHash(plan), approval: 'promote', by: key, at: AT, reason: 'calm' };
  const one = { ...said, signature: signature(key, plan, said), ...more };
  return [approvalKey(one), orderText(one)];
};

function walked(plan: Plan, more: Partial<Walked> = {}): Walked {
  const status = { version: 3, plan: shortHash(plan), step: 2, approvals: [] };
  return {
    release: 'web',
    namespace: 'shop',
    hash: shortHash(plan),
    plan: configMap({ 'plan.json': planText(plan) }),
    status: configMap({ 'status.json': statusText(status) }),
    approvals: configMap(Object.fromEntries([approved(plan)])),
    operator: null,
    ...more,
  };
}

const past = SIGNED.steps.findIndex(({ kind }) => kind === 'approval') + 1;
const begunAt = Date.parse(AT) - 600_000;
const claims = {
  version: 3,
  plan: shortHash(SIGNED),
  step: past,
  begunAt,
  approvals: [{ approval: 'promote', by: ann, at: AT, reason: 'calm' }],
};
/** With a signature that is good, of an hour before. */
const old = { ...claims, begunAt: 0, approvals: [{ ...JSON.parse(approved(SIGNED)[1]), takenAt: Date.parse(AT) }] };
const sinceThen = { data: { 'plan.json': planText(SIGNED) }, metadata: { creationTimestamp: '2026-01-05T10:00:00Z' } };
const edited = statusText(claims).replace(`"step":${past}`, '"step":1');

describe('what was tampered with', () => {
  it.each([
    ['a plan, its status and its approvals', walked(SIGNED)],
    [
      'what asks for no signature',
      walked(PLAIN, { approvals: configMap(Object.fromEntries([approved(PLAIN, ann, { signature: 'none' })])) }),
    ],
    ['a status that has an approval of its run', walked(SIGNED, { status: configMap({ 'status.json': statusText({ ...old, begunAt }) }) })],
    ['what nobody has begun', walked(SIGNED, { status: null, approvals: null })],
    ['the status of another plan', walked(SIGNED, { status: configMap({ 'status.json': '{"plan":"00000000","version":2}' }) })],
    [
      'the status of a later version',
      walked(SIGNED, { status: configMap({ 'status.json': `{"plan":"${shortHash(SIGNED)}","version":4}` }) }),
    ],
    ['an approval of another plan', walked(SIGNED, { operator: configMap(Object.fromEntries([approved(PLAIN)])) })],
  ])('is nothing of %s', (_, release) => {
    expect(tamperings(release)).toEqual([]);
  });

  const plan = `ConfigMap web-plan-${shortHash(SIGNED)}`;
  it.each<[string, Partial<Walked>, string, RegExp]>([
    [
      'a plan that was edited',
      { plan: configMap({ 'plan.json': planText({ ...SIGNED, attempt: 9 }, shortHash(SIGNED)) }) },
      plan,
      /it was edited/,
    ],
    ['a plan that another good one stands for', { plan: configMap({ 'plan.json': planText(PLAIN) }) }, plan, /hashes to/],
    ['a plan that is cut off', { plan: configMap({ 'plan.json': '{"hash"' }) }, plan, /hashes to/],
    ['a status that was edited', { status: configMap({ 'status.json': edited }) }, 'ConfigMap web-status', /does not match its digest/],
    [
      'a status that claims an approval',
      { status: configMap({ 'status.json': statusText(claims) }) },
      'ConfigMap web-status',
      /step \d+ comes after approval promote, which 0 of 1 have signed/,
    ],
    [
      'a status that claims an approval of before there was such a plan',
      { plan: sinceThen, status: configMap({ 'status.json': statusText(old) }) },
      'ConfigMap web-status',
      /which 0 of 1 have signed; the approval of person-0@example.com does not count: it was signed at 2026-01-05T09:00:00Z/,
    ],
    [
      'an approval in Git that was edited',
      { approvals: configMap(Object.fromEntries([approved(SIGNED, ann, { reason: 'hurry' })])) },
      'ConfigMap web-approvals',
      /the approval of promote by person-0@example.com: its signature cannot be believed: it is of another text/,
    ],
    [
      'an approval in the cluster under another name',
      { operator: configMap(Object.fromEntries([approved(SIGNED, ann, { by: bob })])) },
      'ConfigMap web-operator',
      /the approval of promote by person-1/,
    ],
    [
      'an approval without a signature',
      { operator: configMap(Object.fromEntries([approved(SIGNED, bob, { signature: undefined })])) },
      'ConfigMap web-operator',
      /it has no signature/,
    ],
  ])('is %s: it is named, with what to do', (_, change, object, why) => {
    const found = tamperings(walked(SIGNED, change));
    expect(found).toEqual([{ object, why: expect.stringMatching(why), help: expect.stringMatching(/\.$|-n shop$/) }]);
  });
});

describe('the program of a runner', () => {
  const files = { 'runner.mjs': 'walk()', 'bundle.mjs': 'compare()' };
  const hash = shortHash(files);
  const deployment = (bundle: string, name = `web-runner-${bundle}`) => ({
    spec: {
      template: {
        metadata: { annotations: { 'tidegate.dev/bundle': bundle } },
        spec: { volumes: [{ name: 'secrets' }, { name: 'code', configMap: { name } }] },
      },
    },
  });
  const program = { release: 'web', namespace: 'shop', runner: deployment(hash), code: configMap(files), committed: files };

  it('is what it was rendered with, and what Git has where that is at hand', () => {
    expect(codeOf(program.runner)).toBe(`web-runner-${hash}`);
    expect(programTamperings(program)).toEqual([]);
    expect(programTamperings({ ...program, committed: null })).toEqual([]);
    for (const unseen of [{ code: null }, { runner: null, code: null }]) expect(programTamperings({ ...program, ...unseen })).toEqual([]);
  });

  it.each([
    ['was edited', { code: configMap({ ...files, 'runner.mjs': 'walk(); steal()' }) }, `ConfigMap web-runner-${hash}`, 'was edited'],
    ['has a file too many', { code: configMap({ ...files, 'more.mjs': '' }) }, `ConfigMap web-runner-${hash}`, 'was edited'],
    [
      'has another text of the same hash in Git',
      { committed: { ...files, 'runner.mjs': 'x' } },
      `ConfigMap web-runner-${hash}`,
      'not those in Git',
    ],
    [
      'is of another ConfigMap',
      { runner: deployment(hash, 'evil') },
      'Deployment web-runner',
      `it runs ConfigMap evil and was rendered for`,
    ],
  ])('%s: it is named, with what to do', (_, change, object, why) => {
    expect(programTamperings({ ...program, ...change })).toEqual([
      { object, why: expect.stringContaining(why), help: expect.stringMatching(/kubectl rollout restart|apply it again/) },
    ]);
  });
});

describe('what tells people', () => {
  const files = { 'channels.json': '[]', 'notify.mjs': 'tell()' };
  const name = `web-notify-${shortHash(files)}`;
  const sources = [{ secret: { name: 'chat' } }, { configMap: { name } }, { configMap: { name: 'web-plan-aaaaaaaa' } }];
  const runner = { spec: { template: { spec: { volumes: [{ name: 'code' }, { name: 'notify', projected: { sources } }] } } } };
  const notifier = { release: 'web', namespace: 'shop', runner, code: configMap(files), committed: files };

  it('is what its name says, and what Git has', () => {
    expect(notifierTamperings(notifier)).toEqual([]);
    for (const unseen of [{ code: null }, { runner: null }, { committed: null }])
      expect(notifierTamperings({ ...notifier, ...unseen })).toEqual([]);
  });

  it.each([
    ['was edited', { code: configMap({ ...files, 'notify.mjs': 'steal()' }) }, 'it was edited'],
    ['has another text of the same hash in Git', { committed: { ...files, 'notify.mjs': 'x' } }, 'not those in Git'],
  ])('%s: it is named, with what to do', (_, change, why) => {
    expect(notifierTamperings({ ...notifier, ...change })).toEqual([
      { object: `ConfigMap ${name}`, why: expect.stringContaining(why), help: expect.stringContaining('kubectl delete configmap') },
    ]);
  });
});
