// The picture of web's plan, as the built CLI draws it.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

/** Of web's next release, in a repository without history: what the locks of this one say changes with every release. */
export async function webPlanPicture(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-docs-'));
  try {
    for (const path of ['charts', 'tidegate.yaml']) cpSync(join(ROOT, path), join(directory, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const tidegate = (...args: readonly string[]) => execute(process.execPath, [join(ROOT, 'build/cli.js'), ...args], { cwd: directory });
    await tidegate('record', 'web', 'store-api', 'payments-api', 'api-service', '--initial');
    return (await tidegate('plan', 'web', '--format', 'svg')).stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
