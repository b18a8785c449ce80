import { describe, expect, it } from 'vitest';
import { checkIntent } from '../../lib/intent/check.ts';
import { hotfix } from '../../lib/intent/hotfix.ts';
import { resolveStrategy } from '../../lib/intent/resolve-strategy.ts';
import { readIntent } from '../../lib/intent/validate.ts';
import { ProblemError } from '../../lib/schema/index.ts';
import { errors, valid } from './valid.ts';

const reason = 'CVE-2026-1234';
const resolved = (risk: 'normal' | 'high' = 'normal', more: object = {}) =>
  resolveStrategy(hotfix({ reason, gates: [errors], ...more }), risk).steps;

describe('a hotfix', () => {
  it('has every gate and every approval of a canary, in half the time', () => {
    const steps = resolved();
    const kinds = steps.map((step) => Object.keys(step)[0]);
    expect(kinds).toEqual(['weight', 'analysis', 'weight', 'analysis', 'approval', 'weight']);
    const analyses = steps.flatMap((step) => ('analysis' in step ? [step.analysis] : []));
    for (const { watchSeconds, gates } of analyses)
      expect({ watchSeconds, ...gates[0] }).toMatchObject({
        watchSeconds: 60,
        intervalSeconds: 15,
        initialDelaySeconds: 15,
        count: 3,
        failureLimit: 1,
        inconclusiveLimit: 2,
      });
  });

  it('tells whoever approves why', () => {
    const reasons = resolved('high', { approval: { reason: 'Look at the board.' } }).flatMap((step) =>
      'approval' in step ? [step.approval] : [],
    );
    expect(reasons.map(({ name, reason: told, count }) => [name, told, count])).toEqual([
      ['start', `Hotfix: ${reason} Look at the board.`, 2],
      ['promote', `Hotfix: ${reason} Look at the board.`, 2],
    ]);
  });

  it('keeps a window that is written', () => {
    const [, first] = resolved('normal', { weights: [{ weight: 5, watch: '4m' }, 100] });
    expect(first).toMatchObject({ analysis: { watchSeconds: 240 } });
  });

  it('has gates that can fail', () => {
    const [, step] = resolved('normal', { gates: [{ ...errors, count: 2, failureLimit: 1, inconclusiveLimit: 1 }] });
    expect(step).toMatchObject({ analysis: { gates: [{ count: 1, failureLimit: 0, inconclusiveLimit: 0 }] } });
  });

  it.each(['normal', 'high'])('is accepted where risk is %s', (risk) => {
    const { intent, problems } = readIntent(valid({ risk, strategy: hotfix({ reason, gates: [errors] }) }));
    expect(problems).toEqual([]);
    expect(intent && checkIntent('web', intent)).toEqual([]);
  });

  it.each([
    ['a reason that says nothing', { ...hotfix({ reason: ' ', gates: [errors] }) }, "found ' ', expected the reason."],
    ['steps', { kind: 'canary', hotfix: reason, steps: [{ weight: 100 }] }, "'hotfix' needs 'weights' beside it."],
  ])('with %s is refused', (_, strategy, message) => {
    expect(readIntent(valid({ strategy })).problems.map((problem) => problem.message)).toContain(message);
  });

  it('whose weights do not rise does not compile, nor run', () => {
    // @ts-expect-error weight 5 does not rise above 50
    expect(() => hotfix({ reason, gates: [errors], weights: [50, 5, 100] })).toThrow(ProblemError);
    // @ts-expect-error a reason is not left out
    hotfix({ gates: [errors] });
  });
});
