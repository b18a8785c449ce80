import type { Plan, Signing } from '../plan/plan.ts';
import { type Finding, fileFinding } from './finding.ts';

/** A plan in flight, and who may sign where it runs, as tidegate.yaml says now. */
export interface SignedFlight {
  readonly release: string;
  readonly hash: string;
  readonly plan: Plan;
  /** Path of its lock. */
  readonly file: string;
  readonly signing: Signing | null;
}

/**
 * Findings of the rule `plan-agrees`: a plan in flight keeps what it began with, so a key that was taken away still counts in
 * it, and so does a word without a signature where it began before there were any.
 */
export const signerFindings = (flights: readonly SignedFlight[]): readonly Finding[] =>
  flights.flatMap(({ release, hash, plan, file, signing }) => {
    const why = plan.steps.some(({ kind }) => kind === 'approval') && signing !== null ? differs(plan, signing) : null;
    if (why === null) return [];
    return [
      {
        ...fileFinding({
          rule: 'plan-agrees',
          severity: 'warning',
          file,
          subject: `${release} ${hash}`,
          value: why,
          message: `plan ${hash} of ${release}, which is in flight, ${why}.`,
          help: `It keeps what it began with: \`tidegate abort ${release}\` and release again, or \`tidegate synth --refresh\`.`,
        }),
        release,
      },
    ];
  });

function differs(plan: Plan, { signers }: Signing): string | null {
  if (!plan.signing) return 'counts approvals without a signature, and tidegate.yaml asks for one';
  const gone = plan.signing.signers.filter(({ by, key }) => !signers.some((signer) => signer.by === by && signer.key === key));
  const people = [...new Set(gone.map(({ by }) => by))].join(', ');
  return people === '' ? null : `still counts a key of ${people} that tidegate.yaml does not name any more`;
}
