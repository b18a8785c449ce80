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
  /** Why there should be one and nobody can tell who, and the remedy; null: there is none. */
  readonly author: { readonly name: string; readonly email: string } | { readonly unknown: string; readonly help: string } | null;
}

/** Findings of the rule `approval-high-risk`: nobody approves what they wrote themselves, and where that cannot be seen it is said. */
export const approverFindings = (approvals: readonly AuthoredApproval[]): readonly Finding[] => [
  ...ownFindings(approvals),
  ...unknownFindings(approvals),
];

const ownFindings = (approvals: readonly AuthoredApproval[]): readonly Finding[] =>
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
  author !== null && 'name' in author && [author.name, author.email].some((own) => person(own) === person(by));

/** One for each plan, where its first approval stands. */
const unknownFindings = (approvals: readonly AuthoredApproval[]): readonly Finding[] =>
  approvals.flatMap(({ release, plan, place, author }, index) =>
    author === null || 'name' in author || approvals.findIndex((one) => one.release === release && one.plan === plan) < index
      ? []
      : {
          ...fileFinding({
            rule: 'approval-high-risk',
            severity: 'warning',
            file: place.file,
            subject: `${release} ${plan}`,
            value: 'author',
            message: `${release} is of high risk, and nobody can tell whether plan ${plan} is approved by its author: ${author.unknown}.`,
            help: author.help,
            place,
          }),
          release,
        },
  );
