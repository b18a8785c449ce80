import type { PolicyConfig } from '../intent/policy-config.ts';
import { nearest } from '../schema/nearest.ts';
import { lint, type Material } from './lint.ts';
import { objectPattern } from './names.ts';
import type { LintResult } from './result.ts';
import type { Rule } from './rule.ts';
import { applySeverities } from './severities.ts';
import { applyWaivers, type Waivers } from './waivers.ts';

/** All that decides what a run says of its material. */
export interface Policy {
  readonly rules: readonly Rule[];
  readonly config: PolicyConfig;
  readonly waivers: Waivers;
}

/**
 * Lints, then weighs what was found as the project says, then marks what is waived.
 * @param today the day by which waivers and flags are judged, `2026-04-01`; null where there is no clock
 */
export function check(material: Material, { rules, config, waivers }: Policy, today: string | null): LintResult {
  const { externals, highRisk, thresholds } = config;
  return applyWaivers(applySeverities(lint(material, { rules, externals, highRisk, thresholds, today }), config), waivers, today);
}

/** What of a configuration names nothing that is there, with its place in `tidegate.yaml`. */
export function configProblems(
  config: PolicyConfig,
  rules: readonly Rule[],
): readonly (readonly [segments: readonly string[], message: string])[] {
  const ids = rules.map(({ id }) => id);
  const named = [
    ...Object.keys(config.severity).map((id) => ['severity', id]),
    ...(['namespaces', 'releases'] as const).flatMap((scope) =>
      Object.entries(config[scope]).flatMap(([name, { severity }]) => Object.keys(severity).map((id) => [scope, name, 'severity', id])),
    ),
    ...Object.keys(config.thresholds).map((id) => ['thresholds', id]),
  ];
  const strange = named.flatMap((segments): [string[], string][] => {
    const id = segments.at(-1) ?? '';
    return ids.includes(id) ? [] : [[segments, `there is no rule '${id}'${didYouMean(id, ids)}`]];
  });
  const thresholds = Object.entries(config.thresholds).flatMap(([id, values]) => {
    const own = Object.keys(rules.find((rule) => rule.id === id)?.thresholds ?? {});
    return Object.keys(values)
      .filter((name) => ids.includes(id) && !own.includes(name))
      .map((name): [string[], string] => [
        ['thresholds', id, name],
        own.length === 0 ? `rule '${id}' has no thresholds.` : `rule '${id}' has no threshold '${name}'${didYouMean(name, own)}`,
      ]);
  });
  const externals = config.externals.flatMap((external, index): [string[], string][] =>
    objectPattern(external)
      ? []
      : [[['externals', String(index)], `'${external}' is no object, expected Kind/namespace/name or Kind/name.`]],
  );
  return [...strange, ...thresholds, ...externals].map(([segments, message]) => [['policy', ...segments], message]);
}

function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant ? `, did you mean '${meant}'?` : '.';
}
