import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { shortHash } from '../../plan/hash.ts';
import type { Approval, Order } from '../../plan/orders.ts';
import type { Plan } from '../../plan/plan.ts';
import { NAMESPACE, signedText } from '../../plan/signing.ts';
import { oneLine } from '../../plan/words.ts';
import { fingerprint, unsigned } from '../../runner/parts/signatures.ts';
import { ProblemError } from '../../schema/index.ts';
import { type Io, UsageError } from '../command.ts';

/** Who says it, when and why. */
type Words = Omit<Order, 'plan'>;

/** How a person's approvals are signed, where their plan asks for it. */
export interface Signing {
  /** The words of whom the key belongs to; of anybody where the plan asks for no signature. */
  wordsFor(plan: Plan, hash: string, words: Words): Words | { readonly refused: string };
  /**
   * The approval with its signature, of such words.
   * @param since from when on it may have been signed; null: nobody knows
   * @throws ProblemError where ssh-keygen makes none that counts
   */
  sign(plan: Plan, approval: Approval, since: number | null): Approval;
}

/**
 * @param key file of a private key, or of a public one whose other half an agent has; null: nothing is signed
 * @param by the name that was given with `--by`; null: the key's owner
 */
export function signingWith(key: string | null, by: string | null, io: Io): Signing {
  return {
    wordsFor(plan, hash, words) {
      const { signing, release } = plan;
      if (!signing) {
        if (key !== null) throw new UsageError(`plan ${hash} of ${release} asks for no signature, so --sign means nothing to it`);
        return words;
      }
      const names = [...new Set(signing.signers.map((signer) => oneLine(signer.by)))].join(', ');
      if (key === null) return { refused: `plan ${hash} of ${release} counts signed approvals alone: --sign KEY, with a key of ${names}.` };
      if (shortHash(plan) !== hash)
        return { refused: `the plan of ${release} in the cluster is not ${hash}: it was edited, and nothing of it is to be signed.` };
      const base64 = publicKeyOf(key);
      const signer = signing.signers.find((one) => one.key === base64);
      if (!signer) return { refused: `key ${fingerprint(base64)} may not sign for plan ${hash} of ${release}; those of ${names} may.` };
      if (by !== null && by !== signer.by) throw new UsageError(`the key is that of ${signer.by}; leave --by ${by} out`);
      return { ...words, by: signer.by };
    },
    sign(plan, approval, since) {
      if (!plan.signing || key === null) return approval;
      const text = signedText(plan, approval);
      io.err(`You sign this, for ${NAMESPACE}:\n\n${text}\n`);
      const signed = { ...approval, signature: keygen(['-Y', 'sign', '-q', '-f', key, '-n', NAMESPACE], text) };
      const why = unsigned(signed, plan, Date.parse(approval.at), since);
      if (why !== null) throw new ProblemError([{ message: `what ssh-keygen made of it would not count: ${why}.`, help: CLOCK_HELP }]);
      return signed;
    },
  };
}

const CLOCK_HELP = 'Where a time is named that is not now, the clock of this machine is wrong, or that of the cluster.';

/** Without its type and comment. */
function publicKeyOf(file: string): string {
  const beside = file.endsWith('.pub') ? file : `${file}.pub`;
  const text = existsSync(beside) ? readFileSync(beside, 'utf8') : keygen(['-y', '-f', file], '');
  return text.trim().split(/\s+/)[1] ?? '';
}

/** What it asks, such as a passphrase, it asks on the terminal. */
function keygen(args: readonly string[], input: string): string {
  const { error, status, stdout, stderr } = spawnSync('ssh-keygen', args, { encoding: 'utf8', input });
  if (error)
    throw new ProblemError([{ message: `ssh-keygen cannot be run: ${error.message}.`, help: 'It is part of OpenSSH (openssh-client).' }]);
  if (status !== 0) throw new ProblemError([{ message: `ssh-keygen ${args.join(' ')}: ${stderr.trim() || `exit code ${status}`}.` }]);
  return stdout;
}
