import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import type { Policy } from '../policy/policy.ts';
import type { LintResult, Summary } from '../policy/result.ts';
import type { Io } from './command.ts';
import { materialOf } from './own-output.ts';

/** What the rules say of what a run is about to write. */
export interface Verdict {
  readonly result: LintResult;
  /** Whether it may be written: no error is left that nobody has accepted. */
  readonly accepted: boolean;
}

/**
 * Begins to load the rules, while charts are compiled; what is wrong with them is told when the verdict is asked for.
 * There is no way around them: what has to pass is waived, in a file that a reviewer sees.
 */
export function rulesFor({ directory }: Project): (synthesis: Synthesis, out: string) => Promise<Verdict> {
  const loading: Promise<readonly [Policy, typeof import('../policy/policy.ts')]> = Promise.all([
    import('./policy.ts').then(({ loadPolicy }) => loadPolicy(directory, true)),
    import('../policy/policy.ts'),
  ]);
  loading.catch(() => undefined);
  return async (synthesis, out) => {
    const [policy, { check }] = await loading;
    // Without a clock: the same charts give the same on any day.
    const result = check(materialOf(synthesis, out), policy, null);
    return { result, accepted: result.summary.errors === 0 };
  };
}

/** What forbids the writing, for a person or as the report of `lint --format json`. */
export async function printRefusal({ result }: Verdict, format: 'text' | 'json', io: Io): Promise<void> {
  const [{ REPORTS }, { withFindings }] = await Promise.all([import('../policy/report/index.ts'), import('../policy/result.ts')]);
  if (format === 'json') {
    io.out(REPORTS.json(result, { color: false, rules: [] }));
    return;
  }
  const errors = result.findings.filter(({ severity, waiver }) => severity === 'error' && waiver === null);
  io.err(REPORTS.text(withFindings(result, errors), { color: false, rules: [] }));
  io.err('\nNothing was written. `tidegate explain RULE` tells what a rule wants; tidegate.waivers.yaml may accept a finding for now.\n');
}

/** What does not forbid it, in few words; empty where there is nothing to say. */
export function describeRest({ warnings, waived }: Pick<Summary, 'warnings' | 'waived'>): string {
  const parts = [counted(warnings, 'warning'), waived > 0 ? `${waived} waived` : ''].filter(Boolean);
  return parts.length === 0 ? '' : `\n${parts.join(', ')}: \`tidegate lint\` shows ${warnings + waived === 1 ? 'it' : 'them'}.\n`;
}

export const countsOf = ({ errors, warnings, infos, waived }: Summary) => ({ errors, warnings, infos, waived });

const counted = (number: number, noun: string): string => (number === 0 ? '' : `${number} ${noun}${number === 1 ? '' : 's'}`);
