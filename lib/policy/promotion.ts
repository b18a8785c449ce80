import { type Finding, fileFinding } from './finding.ts';
import { at, listAt, textAt } from './shape.ts';

/** What a lock says, and what else tells whether it may say so. */
export interface Promotion {
  /** Path of the lock. */
  readonly file: string;
  readonly text: string;
  /** The lock as data, of whatever shape. */
  readonly lock: unknown;
  /** The lock where the change began; null where there was none, undefined where no change is looked at. */
  readonly before?: unknown;
  /** Path of the record of a plan, and its text; null where there is none. */
  record(plan: string): { readonly path: string; readonly text: string | null };
}

const HELP = 'Let `tidegate record` write lock and record when the release has ended; restore the lock from Git where it was edited.';

/**
 * Findings of the rule `promotion-has-record`: stable is the newest revision of the history, each but the first was proven by a
 * plan, and the newest one's plan left a record of a release that was promoted.
 */
export function promotionFindings(promotion: Promotion): readonly Finding[] {
  const said = flaw(promotion);
  if (said === null) return [];
  const { file, text, lock } = promotion;
  const stable = stableOf(lock) ?? '';
  const line = text.split('\n').findIndex((one) => one.startsWith('history:')) + 1;
  const release = textAt(lock, 'release') ?? '';
  return [
    {
      ...fileFinding({
        rule: 'promotion-has-record',
        file,
        subject: file,
        value: stable,
        message: `lock of ${release}: ${said}.`,
        help: HELP,
        place: { line: Math.max(1, line), column: 1 },
      }),
      release,
    },
  ];
}

function flaw({ lock, before, record }: Promotion): string | null {
  // An adopted workload is stable without a revision, until a release from it is recorded.
  const stable = stableOf(lock);
  if (stable === null) return null;
  const history = listAt(lock, 'history');
  const [newest] = history;
  const proven = textAt(newest, 'revision');
  if (proven !== stable) return `${stable} is stable, and its history ends with ${proven ?? 'nothing'}: no release has proven ${stable}`;
  const was = before === undefined || before === null ? null : stableOf(before);
  const known = listAt(before, 'history').map((entry) => textAt(entry, 'revision'));
  const lost = known.find((revision) => revision !== null && !history.some((entry) => textAt(entry, 'revision') === revision));
  if (lost !== undefined) return `its history no longer has ${lost ?? ''}, which was proven`;
  const plan = textAt(newest, 'plan');
  if (plan === null)
    return history.length === 1 && (was === null || was === stable)
      ? null
      : `${stable} is stable, and no plan has proven it: only the first entry of a release has none`;
  const { path, text } = record(plan);
  if (text === null) return `${stable} is stable by plan ${plan}, and there is no ${path}`;
  const parsed = parse(text);
  if (textAt(parsed, 'outcome') !== 'promoted') return `${stable} is stable by plan ${plan}, and ${path} does not say that it was promoted`;
  const walked = textAt(parsed, 'plan');
  if (walked !== plan) return `${stable} is stable by plan ${plan}, and ${path} is the record of plan ${walked ?? 'nobody'}`;
  const candidate = textAt(parsed, 'candidate', 'revision');
  return candidate === stable ? null : `${stable} is stable by plan ${plan}, and ${path} is about ${candidate ?? 'no revision'}`;
}

/** `web-1a2b3c4d`; null where stable is not Tidegate's. */
const stableOf = (lock: unknown): string | null => (at(lock, 'stable', 'external') === true ? null : textAt(lock, 'stable', 'name'));

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
