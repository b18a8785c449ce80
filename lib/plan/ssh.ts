import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** The parts of a text in SSH's wire format (RFC 4251 §5), one after the other. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @throws Error where there are fewer */
  take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new Error('it ends too early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  number(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.number());
  }

  /** A positive number without leading zeros; one that is written otherwise would be a second name for the same key. */
  positive(): Buffer {
    const bytes = this.string();
    const [first = 0x80, second = 0] = bytes;
    if (first >= 0x80 || (first === 0 && second < 0x80)) throw new Error('a number in it is not positive, or is padded');
    return first === 0 ? bytes.subarray(1) : bytes;
  }

  end(): void {
    if (this.#at < this.#bytes.length) throw new Error('something follows it');
  }
}

/** A public key as `<type> <base64>`, and what verifies with it. */
export interface SshKey {
  readonly type: string;
  readonly key: KeyObject;
  /** Hash that signatures of an ECDSA key are made over, and bytes of a coordinate; null for the others. */
  readonly curve: { readonly hash: string; readonly bytes: number } | null;
}

const CURVES: Readonly<Record<string, { readonly crv: string; readonly hash: string; readonly bytes: number }>> = {
  nistp256: { crv: 'P-256', hash: 'sha256', bytes: 32 },
  nistp384: { crv: 'P-384', hash: 'sha384', bytes: 48 },
  nistp521: { crv: 'P-521', hash: 'sha512', bytes: 66 },
};
const FEWEST_RSA_BITS = 2048;

/** @throws Error that says what is wrong with it, as the end of a sentence about the key */
export function readSshKey(blob: Buffer): SshKey {
  const reader = new SshReader(blob);
  const type = reader.string().toString('latin1');
  const jwk = (fields: object) => createPublicKey({ key: fields as JsonWebKey, format: 'jwk' });
  const text = (bytes: Buffer) => bytes.toString('base64url');
  if (type === 'ssh-ed25519') {
    const point = reader.string();
    reader.end();
    return { type, key: jwk({ kty: 'OKP', crv: 'Ed25519', x: text(point) }), curve: null };
  }
  if (type === 'ssh-rsa') {
    const [exponent, modulus] = [reader.positive(), reader.positive()];
    reader.end();
    const key = jwk({ kty: 'RSA', n: text(modulus), e: text(exponent) });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits < FEWEST_RSA_BITS) throw new Error(`an RSA key of ${bits} bits is too short, it takes ${FEWEST_RSA_BITS}`);
    return { type, key, curve: null };
  }
  const curve = /^ecdsa-sha2-(nistp\d+)$/.exec(type)?.[1] ?? '';
  const known = CURVES[curve];
  if (known === undefined) throw new Error(`a key of type ${JSON.stringify(type)} is not taken: ssh-ed25519, ecdsa-sha2-nistp… or ssh-rsa`);
  const [named, point] = [reader.string().toString('latin1'), reader.string()];
  reader.end();
  if (named !== curve || point[0] !== 4 || point.length !== 1 + 2 * known.bytes) throw new Error('it is no point of its curve');
  const [x, y] = [point.subarray(1, 1 + known.bytes), point.subarray(1 + known.bytes)];
  return { type, key: jwk({ kty: 'EC', crv: known.crv, x: text(x), y: text(y) }), curve: known };
}
