import { expect, it } from 'vitest';
import { lint } from '../../lib/policy/lint.ts';
import { RULES } from '../../policies/index.ts';
import { mutated } from './mutated.ts';

it('10,000 mutated manifests are linted, and every finding lies in its file', { timeout: 300_000 }, () => {
  for (let seed = 0; seed < 10_000; seed++) {
    const text = mutated(seed);
    const lines = text.split('\n');
    const { findings } = lint({ texts: [{ name: 'x.yaml', text }], unreadable: [] }, { rules: RULES });
    for (const { line, column, message } of findings) {
      const row = lines[line - 1];
      if (row === undefined || column > row.length + 1 || message.includes('undefined'))
        expect.fail(`seed ${seed}: ${line}:${column} ${message}`);
    }
  }
});
