import { expect, it } from 'vitest';
import { signerFindings } from '../../lib/policy/plan-signers.ts';
import { SIGNING } from '../../lib/sim/release/signing.ts';
import { planOf, scale, switchOver, webPlan } from '../plan/plans.ts';

const [first, second] = SIGNING.signers;
const oneOf = (...signers: readonly (typeof first)[]) => ({ ...SIGNING, signers: signers.flatMap((one) => one ?? []) });
const plain = webPlan();
const signed = { ...plain, uses: ['signatures'], signing: SIGNING };

it.each([
  ['a plan that counts no signature', plain, SIGNING, ['counts approvals without a signature, and tidegate.yaml asks for one']],
  ['a key that was taken away', signed, oneOf(second), ['still counts a key of person-0@example.com that tidegate.yaml does not name']],
  ['keys that are the same', signed, SIGNING, []],
  ['a key that was added', { ...signed, signing: oneOf(first) }, SIGNING, []],
  ['a target where nobody signs', plain, null, []],
  ['a plan that asks nobody', planOf([scale(), switchOver]), SIGNING, []],
])('%s', (_, plan, signing, messages) => {
  const found = signerFindings([{ release: 'web', hash: '0a1b2c3d', plan, file: 'lock/production/shop/web.yaml', signing }]);
  expect(found.map(({ message }) => message)).toEqual(messages.map((text) => expect.stringContaining(text)));
  for (const { rule, severity, file, help } of found)
    expect([rule, severity, file, help]).toEqual([
      'plan-agrees',
      'warning',
      'lock/production/shop/web.yaml',
      expect.stringContaining('tidegate synth --refresh'),
    ]);
});
