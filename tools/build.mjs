// Bundles the library, the CLI and the two programs that run in the cluster into build/.
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  logLevel: 'warning',
};

rmSync(`${root}/build`, { recursive: true, force: true });
await Promise.all([
  build({
    ...common,
    entryPoints: { index: 'lib/index.ts', cli: 'lib/cli/main.ts', templates: 'templates/index.ts' },
    outdir: 'build',
    packages: 'external',
    splitting: true,
    sourcemap: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  // Shipped as text into ConfigMaps and Jobs, so readable and without dependencies.
  build({
    ...common,
    entryPoints: { runner: 'lib/runner/main.ts', smoke: 'lib/runner/smoke.ts' },
    outdir: 'build',
    outExtension: { '.js': '.mjs' },
  }),
]);
// Data that the bundle reads at run time, one file for each kind that it meets.
cpSync(`${root}/lib/schema/kinds`, `${root}/build/kinds`, { recursive: true });
