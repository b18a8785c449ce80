import { person } from '../plan/orders.ts';
import type { SourceLocation } from '../schema/index.ts';
import { type Finding, fileFinding } from './finding.ts';

/** An approval of a plan of high risk, and who wrote what it approves. */
export interface AuthoredApproval {
  readonly release: string;
  readonly plan: string;
  readonly approval: string;
  readonly by: string;
  readonly place: SourceLocation;
  /** Null where nobody knows. */
  readonly author: { readonly name: string; readonly email: string } | null;
}

/** Findings of the rule `approval-high-risk`: nobody approves what they wrote themselves. */
export const approverFindings = (approvals: readonly AuthoredApproval[]): readonly Finding[] =>
  approvals.filter(isOwn).map(({ release, plan, approval, by, place }) => ({
    ...fileFinding({
      rule: 'approval-high-risk',
      file: place.file,
      subject: `${release} ${plan} ${approval}`,
      value: by,
      message: `approval '${approval}' of ${release}: it is of high risk, and ${by}, who approves plan ${plan}, is also its author.`,
      help: 'Let somebody else approve it, and remove this entry.',
      place,
    }),
    release,
  }));

/** People write themselves as an address, as a name, or as `Name <address>`. */
const isOwn = ({ by, author }: AuthoredApproval): boolean =>
  author !== null && [author.name, author.email].some((own) => person(own) === person(by));
