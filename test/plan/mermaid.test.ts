import { describe, expect, it } from 'vitest';
import { planMermaid } from '../../lib/plan/mermaid.ts';
import { analysis, approval, gate, planOf, scale, smoke, switchOver, weight } from './plans.ts';

describe('a plan as a Mermaid flowchart', () => {
  it('has a box for each level and a diamond for each approval, in the order of the plan', () => {
    const plan = planOf([scale(), smoke('api'), weight(5), analysis(5, 300, [gate()]), approval(5), switchOver]);
    expect(planMermaid(plan).split('\n')).toEqual([
      'flowchart LR',
      '  n0["0 %<br>smoke: api"]',
      '  n1["5 %<br>5m 5s: 5xx-ratio"]',
      '  n2{"approval promote"}',
      '  n3["100 %<br>5s: no gate"]',
      '  n0 --> n1',
      '  n1 --> n2',
      '  n2 --> n3',
    ]);
  });

  it('lets no name out of its label', () => {
    const plan = planOf([smoke('"] --> evil["<img src=x>'), weight(5), approval(5, { name: '"}; click n0 "javascript:x" `#quot;' })]);
    for (const line of planMermaid(plan).split('\n').slice(1))
      expect(line).toMatch(/^ {2}n\d(?: --> n\d|\["[^"<>`]*<br>[^"<>`]*"\]|\{"[^"<>`]*"\})$/);
  });
});
