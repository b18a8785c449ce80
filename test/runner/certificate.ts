import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of 127.0.0.1 and `api.test`, signed by itself: server's, client's and CA at once. */
export function selfSigned(name: string): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-certificate-'));
  const at = (file: string) => join(directory, file);
  try {
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('key'), '-out', at('cert')];
    const named = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:api.test,IP:127.0.0.1', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...made, ...named], { stdio: 'pipe' });
    return { cert: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
