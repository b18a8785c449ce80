// What `npm test` checks before it runs a test: format and lint, types, and the arrows between the rooms.
// One line a check; a tool's own output only where it found something.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const rooms = ['lib', 'charts', 'policies', 'templates', 'test', 'tools'].filter((room) => existsSync(`${root}/${room}`));

const colors = process.stdout.isTTY ? 'force' : 'off';
const checks = [
  { name: 'format and lint', command: ['biome', 'ci', `--colors=${colors}`, '--diagnostic-level=warn', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-p', '.', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/tidegate/tsc.json'] },
  { name: 'arrows', command: ['depcruise', '--config', '.dependency-cruiser.cjs', ...rooms] },
];

const results = await Promise.all(checks.map(run));
process.exitCode = results.every(Boolean) ? 0 : 1;

/** Runs one check, prints its line when it ends, and says whether it passed. */
async function run({ name, command: [tool, ...args] }) {
  const begin = performance.now();
  const { code, output } = await execute(`${root}/node_modules/.bin/${tool}`, args);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  process.stdout.write(
    `${code === 0 ? 'ok  ' : 'FAIL'} ${seconds.padStart(5)} s  ${name} (${tool})\n${code === 0 ? '' : `${output.trimEnd()}\n`}`,
  );
  return code === 0;
}

function execute(file, args) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 1, output: `${error.message}. Run \`npm ci\` first.` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
