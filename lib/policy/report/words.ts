import type { Finding, FindingWaiver } from '../finding.ts';
import type { Summary } from '../result.ts';

/** `accepted until 2026-04-01 by team-shop: the new base image comes in March` */
export const describeWaiver = ({ expires, owner, reason }: FindingWaiver): string => `accepted until ${expires} by ${owner}: ${reason}`;

/** `21 objects: 2 errors, 1 warning, 3 waived`. */
export function describeCounts({ objects, errors, warnings, infos, waived, known }: Summary): string {
  const counted = [
    errors > 0 ? plural(errors, 'error') : '',
    warnings > 0 ? plural(warnings, 'warning') : '',
    infos > 0 ? `${infos} info` : '',
    waived > 0 ? `${waived} waived` : '',
    known > 0 ? `${known} known before` : '',
  ].filter(Boolean);
  return `${plural(objects, 'object')}: ${counted.join(', ') || 'no findings'}`;
}

const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** Where the author can mend it: the TypeScript that made the object, else the value itself. */
export function placeToMend({ file, line, column, source }: Finding): {
  readonly file: string;
  readonly line: number;
  readonly column: number;
} {
  return source ?? { file, line, column };
}

/** Findings that count, the gravest first; of one severity in their order. */
export const byGravity = (findings: readonly Finding[]): readonly Finding[] =>
  (['error', 'warning', 'info'] as const).flatMap((severity) =>
    findings.filter((finding) => finding.waiver === null && finding.severity === severity),
  );
