import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The tests of the CLI and of what runs in the cluster are about the programs that are shipped: they must be of today. */
export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../tools/build.mjs', import.meta.url))], { stdio: 'inherit' });
}
