// Approvals that are signed: a file of its own beside the runner's program, for plans that name who may sign.
import { createHash, verify } from 'node:crypto';
import { type Approval, person } from '../../plan/orders.ts';
import type { Plan, Signer } from '../../plan/plan.ts';
import { NAMESPACE, signedText } from '../../plan/signing.ts';
import { readSshKey, SshReader } from '../../plan/ssh.ts';
import type { Status } from '../status.ts';

const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
/** The largest RSA key that OpenSSH makes has about 6,000. */
const LONGEST = 20_000;
/** Clocks of people and of clusters differ. */
export const AHEAD_MILLISECONDS = 300_000;

/**
 * Why an approval is not what somebody signed who may approve this plan, or null. Times are milliseconds since 1970.
 * @param at when it is to count; null: whenever that is, as for what can be told without a clock
 * @param since from when on it may have been signed; null: nobody knows
 */
export function unsigned(approval: Omit<Approval, 'plan'>, plan: Plan, at: number | null, since: number | null = null): string | null {
  const { signing } = plan;
  if (!signing) return 'the plan names nobody who may sign';
  if (approval.signature === undefined) return `it has no signature, and plan of ${plan.release} counts no other: --sign KEY`;
  try {
    const key = verified(approval.signature, signedText(plan, approval));
    const signer = signing.signers.find((one) => one.key === key);
    if (signer === undefined) return `its key ${fingerprint(key)} may not sign for this plan`;
    if (signer.by !== approval.by) return `its key is that of ${signer.by}, and not of ${approval.by}`;
    // Whatever has become of what was noted down: what was signed before is of another run, or of what nobody had seen yet.
    if (since !== null && !(Date.parse(approval.at) >= since))
      return `it was signed at ${approval.at}, and only what is signed since ${iso(since)} counts: sign anew`;
    return at === null ? null : untimely(signer, approval.at, signing.validForSeconds, at);
  } catch (error) {
    return `its signature cannot be believed: ${(error as Error).message}`;
  }
}

/**
 * From when on an approval of the present step may have been signed: since it began, by a clock that may be slow, and in no
 * case before the run did, since what was meant for an earlier one is not always known to be.
 */
export const countsSince = ({
  begunAt,
  steps,
}: Pick<Status, 'begunAt'> & { readonly steps: readonly { readonly endedAt: number }[] }): number =>
  Math.max(begunAt, (steps.at(-1)?.endedAt ?? begunAt) - AHEAD_MILLISECONDS);

/**
 * Why a status cannot be at its step, or null: whoever may write it can claim any approval, and sign none. Each is judged by the
 * time at which it is said to have been taken.
 * @param planSince when the plan's ConfigMap was created, as the API server says; anything else: that is not known
 */
export function unproven(
  { step, approvals, begunAt }: Pick<Status, 'step' | 'approvals' | 'begunAt'>,
  plan: Plan,
  planSince: unknown,
): string | null {
  const since = Math.max(begunAt, (Date.parse(String(planSince)) || 0) - AHEAD_MILLISECONDS);
  for (const passed of plan.steps.slice(0, step)) {
    if (passed.kind !== 'approval') continue;
    const claimed = approvals
      .filter(({ approval }) => approval === passed.name)
      .map((one) => ({ by: one.by, why: unsigned(one, plan, Number(one.takenAt), since) }));
    const { size } = new Set(claimed.flatMap(({ by, why }) => (why === null ? person(by) : [])));
    if (size >= passed.count) continue;
    const doubts = claimed.flatMap(({ by, why }) => (why === null ? [] : `; the approval of ${by} does not count: ${why}`));
    return `step ${step} comes after approval ${passed.name}, which ${size} of ${passed.count} have signed${doubts.join('')}`;
  }
  return null;
}

/** Which approval a status says was taken at a time that is to come, or null. */
export function untaken({ approvals }: Pick<Status, 'approvals'>, at: number): string | null {
  const one = approvals.find(({ takenAt }) => takenAt > at + AHEAD_MILLISECONDS);
  return one === undefined ? null : `the approval of ${one.by} was taken at ${iso(one.takenAt)}, and it is ${iso(at)}`;
}

/** As `ssh-keygen -l` tells one key from another. */
export const fingerprint = (key: string): string =>
  `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;

function untimely({ validAfter, validBefore }: Signer, signedAt: string, validForSeconds: number, at: number): string | null {
  const begins = Date.parse(signedAt);
  const ends = begins + validForSeconds * 1_000;
  // What is no time is neither before nor after one.
  if (!(begins <= at + AHEAD_MILLISECONDS)) return `it is dated ${signedAt}, and it is ${iso(at)}`;
  if (!(at < ends)) return `it expired at ${iso(ends)}: it is of ${signedAt} and counts for ${validForSeconds}s`;
  if (validAfter !== undefined && at < Date.parse(validAfter)) return `its key is not valid before ${validAfter}`;
  if (validBefore !== undefined && at >= Date.parse(validBefore)) return `its key was valid until ${validBefore}`;
  return null;
}

/**
 * The key, as base64, that signed a text for approvals: OpenSSH's PROTOCOL.sshsig.
 * @throws Error that says why nobody can have
 */
function verified(signature: string, text: string): string {
  const envelope = new SshReader(unwrapped(signature));
  if (envelope.take(6).toString('latin1') !== 'SSHSIG') throw new Error('it is no signature of ssh-keygen -Y sign');
  const version = envelope.number();
  if (version !== 1) throw new Error(`it has version ${version}, this runner knows 1`);
  const [publicKey, namespace, reserved, hash, signed] = Array.from({ length: 5 }, () => envelope.string()) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  envelope.end();
  const meant = namespace.toString('latin1');
  if (meant !== NAMESPACE) throw new Error(`it is for namespace ${JSON.stringify(meant)}, and not for ${NAMESPACE}`);
  const name = hash.toString('latin1');
  if (name !== 'sha256' && name !== 'sha512') throw new Error(`it is over hash ${JSON.stringify(name)}, and not over sha512 or sha256`);
  const digest = createHash(name).update(text).digest();
  const data = Buffer.concat([Buffer.from('SSHSIG'), ...[namespace, reserved, hash, digest].flatMap(asString)]);
  if (!isSigned(publicKey, signed, data)) throw new Error('it is of another text, another plan or another person');
  return publicKey.toString('base64');
}

/** Line ends are no part of what was signed, so that Windows' do no harm. */
function unwrapped(signature: string): Buffer {
  const text = signature.trim();
  if (text.length > LONGEST) throw new Error(`it has ${text.length} characters, more than ${LONGEST}`);
  if (!text.startsWith(BEGIN)) throw new Error(`it does not begin with ${BEGIN}`);
  if (!text.endsWith(END)) throw new Error(`it does not end with ${END}: it was cut off`);
  const base64 = text.slice(BEGIN.length, -END.length).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('it is no base64');
  return Buffer.from(base64, 'base64');
}

function isSigned(publicKey: Buffer, signature: Buffer, data: Buffer): boolean {
  const { type, key, curve } = readSshKey(publicKey);
  const reader = new SshReader(signature);
  const algorithm = reader.string().toString('latin1');
  const bytes = reader.string();
  reader.end();
  if (curve !== null) {
    if (algorithm !== type) return false;
    const numbers = new SshReader(bytes);
    const parts = [numbers.positive(), numbers.positive()].map((part) => Buffer.concat([Buffer.alloc(curve.bytes), part]));
    numbers.end();
    const fixed = Buffer.concat(parts.map((part) => part.subarray(-curve.bytes)));
    return verify(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' }, fixed);
  }
  if (type === 'ssh-ed25519') return algorithm === type && verify(null, data, key, bytes);
  const hash = /^rsa-sha2-(256|512)$/.exec(algorithm)?.[1];
  if (hash === undefined) throw new Error(`it is made with ${JSON.stringify(algorithm)}, and not with rsa-sha2-512`);
  return verify(`sha${hash}`, data, key, bytes);
}

function asString(bytes: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** A status that was edited may say any number. */
const iso = (at: number): string => (Math.abs(at) <= LAST_DATE ? new Date(at).toISOString() : String(at));
const LAST_DATE = 8.64e15;
