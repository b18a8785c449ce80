import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The tests of the CLI and of what runs in the cluster are about the programs that are shipped: they must be of today. */
export default function setup(): () => void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../tools/build.mjs', import.meta.url))], { stdio: 'inherit' });
  // What runs of tests have found is nobody's.
  const cache = mkdtempSync(join(tmpdir(), 'tidegate-cache-'));
  process.env.XDG_CACHE_HOME = cache;
  return () => rmSync(cache, { recursive: true, force: true });
}
