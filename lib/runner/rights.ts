import { describe, type Resource } from './api.ts';
import { listOf, member } from './json.ts';

/** A verb and what it is for; without a name any name. */
export type Right = readonly [verb: string, on: Omit<Resource, 'name'> & { readonly name?: string }];

/** The first right that a SelfSubjectRulesReview does not list, if any; none where the API server cannot tell all. */
export function missingRight(review: unknown, needed: readonly Right[]): Right | undefined {
  if (member(review, 'status', 'incomplete') !== false) return undefined;
  const rules = listOf(member(review, 'status', 'resourceRules'));
  const isListed = ([verb, on]: Right) => {
    const { name, ...kind } = on;
    const parts = { verbs: verb, apiGroups: on.apiVersion.replace(/\/?[^/]*$/, ''), resources: describe(kind), resourceNames: name };
    // A rule without names is for all of them.
    return rules.some((rule) =>
      Object.entries(parts).every(([key, part]) => listOf(member(rule, key) ?? [part]).some((item) => item === part || item === '*')),
    );
  };
  return needed.find((right) => !isListed(right));
}
