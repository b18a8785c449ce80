import type { ProjectConfig } from '../intent/project.ts';
import { placeInProject } from '../intent/read-project.ts';
import { readAllowedSigners } from '../plan/allowed-signers.ts';
import type { Signing } from '../plan/plan.ts';
import { ProblemError } from '../schema/index.ts';

/** Every release of a run has the same. */
const KNOWN = new WeakMap<object, Signing>();

/** Who may sign approvals, as a plan keeps it; null: they are not signed. Their lines are right: `checkSigning` has seen them. */
export function signingOf({ signing }: ProjectConfig): Signing | null {
  if (signing === null) return null;
  const known = KNOWN.get(signing) ?? { validForSeconds: signing.validForSeconds, signers: readAllowedSigners(signing.signers).signers };
  KNOWN.set(signing, known);
  return known;
}

/** @param source text of tidegate.yaml @throws ProblemError with every line of `signing.signers` that is wrong */
export function checkSigning({ signing }: ProjectConfig, source: string | null): void {
  if (signing === null) return;
  const { problems } = readAllowedSigners(signing.signers);
  if (problems.length === 0) return;
  const at = placeInProject(source ?? '', ['signing', 'signers']);
  throw new ProblemError(
    problems.map(({ line, message }) => ({
      at,
      path: 'signing.signers',
      message: `${line > 0 ? `line ${line}: ` : ''}${message}.`,
      help: "The lines are as in OpenSSH's allowed_signers file.",
    })),
  );
}
