import { dayOf } from '../intent/day.ts';
import type { SourceLocation } from '../schema/index.ts';
import { type Finding, type FindingWaiver, fileFinding } from './finding.ts';
import { type ObjectPattern, objectPattern } from './names.ts';
import { type LintResult, withFindings } from './result.ts';

export const WAIVERS_FILE = 'tidegate.waivers.yaml';

/** A waiver that was forgotten ends by itself: later than this nobody may put its end. */
export const LONGEST_WAIVER_DAYS = 90;

/** One finding, or several of one rule, that somebody accepts for now. */
export interface Waiver extends FindingWaiver {
  readonly rule: string;
  /** `Deployment/shop/web-*` as it is written; of a file that cannot be read, its path. */
  readonly object: string;
  /** This value and all in it; null for the whole object. */
  readonly path: string | null;
  readonly place: SourceLocation;
}

/** What `tidegate.waivers.yaml` says, and what is wrong with it, as findings of the rule `waiver-valid`. */
export interface Waivers {
  readonly entries: readonly Waiver[];
  readonly flaws: readonly Finding[];
}

/**
 * Marks the findings that waivers accept, and adds what is wrong with the waivers.
 * @param today the day by which they are judged, `2026-04-01`; null where there is no clock: then none has expired
 */
export function applyWaivers(result: LintResult, { entries, flaws }: Waivers, today: string | null): LintResult {
  const late = entries.flatMap((waiver) => dateFlaw(waiver, today));
  const active = entries.filter((waiver) => !late.some(({ of }) => of === waiver)).map((waiver) => ({ waiver, matches: matcher(waiver) }));
  const used = new Set<Waiver>();
  const findings = result.findings.map((finding): Finding => {
    const found = active.find(({ matches }) => matches.finding(finding));
    if (!found) return finding;
    used.add(found.waiver);
    const { reason, owner, expires } = found.waiver;
    return { ...finding, waiver: { reason, owner, expires } };
  });
  // Whether one of an object that was not linted is used, another run knows.
  const unused = active
    .filter(({ waiver, matches }) => !used.has(waiver) && result.ids.some(matches.object))
    .map(({ waiver }) => unusedFinding(waiver));
  return withFindings(result, [...findings, ...flaws, ...late.map(({ finding }) => finding), ...(today === null ? [] : unused)]);
}

interface Matcher {
  readonly object: ObjectPattern;
  finding(finding: Finding): boolean;
}

function matcher({ rule, object, path }: Waiver): Matcher {
  const pattern = objectPattern(object);
  const isObject: ObjectPattern = (id) => pattern?.(id) ?? false;
  const covers = (found: string) => path === null || found === path || found.startsWith(`${path}/`);
  return {
    object: isObject,
    finding: (finding) =>
      finding.rule === rule && covers(finding.path) && (finding.object ? isObject(finding.object) : finding.file === object),
  };
}

function dateFlaw(waiver: Waiver, today: string | null): readonly { readonly of: Waiver; readonly finding: Finding }[] {
  const [now, end] = [today === null ? null : dayOf(today), dayOf(waiver.expires)];
  if (now === null || end === null) return [];
  const message =
    end < now
      ? `it expired on ${waiver.expires}, ${now - end} ${now - end === 1 ? 'day' : 'days'} ago.`
      : end - now > LONGEST_WAIVER_DAYS
        ? `it expires in ${end - now} days, expected at most ${LONGEST_WAIVER_DAYS}.`
        : null;
  return message === null ? [] : [{ of: waiver, finding: waiverFinding(waiver, message) }];
}

export const WAIVER_RULE = 'waiver-valid';

export const waiverFinding = (waiver: Waiver, message: string): Finding =>
  fileFinding({
    rule: WAIVER_RULE,
    file: WAIVERS_FILE,
    subject: `${waiver.rule} ${waiver.object}`,
    value: message,
    message: `waiver of ${waiver.rule} for ${waiver.object}: ${message}`,
    help: `Mend what the waiver is for and remove it, or have ${waiver.owner} agree to another day.`,
    place: waiver.place,
  });

const unusedFinding = (waiver: Waiver): Finding => ({
  ...waiverFinding(waiver, 'the rule finds nothing there any more.'),
  severity: 'warning',
  help: 'Remove it: the next finding of the rule there is another one.',
});
