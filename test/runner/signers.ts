import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NAMESPACE } from '../../lib/plan/signing.ts';

/** Whether the program is there that people sign with. */
export const HAS_SSH_KEYGEN = spawnSync('ssh-keygen', ['-?']).error === undefined;
if (!HAS_SSH_KEYGEN) console.warn('No ssh-keygen: what signs with it is skipped. Install openssh-client.');

/** Keys of people, in a folder of their own, and what the real ssh-keygen makes with them. */
export class Signers {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidegate-signers-'));

  /** @param type as `ssh-keygen -t` takes it, with its bits: `ecdsa-384` */
  make(name: string, type = 'ed25519'): this {
    const [kind = '', bits] = type.split('-');
    this.#run(['-q', '-t', kind, ...(bits ? ['-b', bits] : []), '-N', '', '-C', `${name}'s`, '-f', this.file(name)], '');
    return this;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** `<type> <base64>`. */
  publicKey(name: string): string {
    return readFileSync(`${this.file(name)}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }

  sign(name: string, text: string, { namespace = NAMESPACE, hash = 'sha512' } = {}): string {
    return this.#run(['-Y', 'sign', '-q', '-f', this.file(name), '-n', namespace, '-O', `hashalg=${hash}`], text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #run(args: readonly string[], input: string): string {
    const { status, stdout, stderr } = spawnSync('ssh-keygen', args, { encoding: 'utf8', input });
    if (status !== 0) throw new Error(`ssh-keygen ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}
