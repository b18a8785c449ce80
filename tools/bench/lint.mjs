// `npm run bench`: how fast `tidegate lint` is on a corpus of made-up manifests, cold, all rules on, and what parsing the
// same files alone takes with `yaml` and `js-yaml`. Each line is a process of its own, the best of three.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { file } from './corpus.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'build/cli.js');
const OBJECTS_A_FILE = 15;
const sizes = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
const libraries = import.meta.resolve('js-yaml');

const parseAlone = (load, folder) => [
  '--input-type=module',
  '-e',
  `import fs from 'node:fs'; ${load}; for (const name of fs.readdirSync('${folder}')) parse(fs.readFileSync('${folder}/' + name, 'utf8'));`,
];
const JS_YAML = `import { loadAll } from '${libraries}'; const parse = (text) => loadAll(text)`;
const YAML = `import { parseAllDocuments } from '${import.meta.resolve('yaml')}'; const parse = (text) => parseAllDocuments(text).map((one) => one.toJS())`;

try {
  console.log(`node ${process.version}, ${availableParallelism()} cores\n`);
  console.log(row(['', 'files', 'objects', 'seconds', 'objects/s', 'peak MiB']));
  for (const files of sizes.length > 0 ? sizes : [1, 100, 1000, 5000]) {
    const folder = corpus(files);
    measure('tidegate lint', files, [cli, 'lint', folder, '--format', `json=${join(directory, 'report.json')}`]);
    if (files !== 1000) continue;
    measure('js-yaml alone', files, parseAlone(JS_YAML, folder));
    measure('yaml alone', files, parseAlone(YAML, folder));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function corpus(files) {
  const folder = join(directory, String(files));
  mkdirSync(folder);
  for (let number = 0; number < files; number++) writeFileSync(join(folder, `service-${number}.yaml`), file(number));
  return folder;
}

function measure(name, files, args) {
  const runs = [1, 2, 3].map(() => once(args));
  const seconds = Math.min(...runs.map((run) => run.seconds));
  const objects = files * OBJECTS_A_FILE;
  const peak = Math.max(...runs.map((run) => run.peak));
  console.log(row([name, files, objects, seconds.toFixed(2), Math.round(objects / seconds), peak.toFixed(0)]));
}

function once(args) {
  const report = 'process.on("exit", () => process.stderr.write(`\\npeak=${process.resourceUsage().maxRSS}\\n`))';
  const begin = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...args], {
    encoding: 'utf8',
  });
  const seconds = (performance.now() - begin) / 1000;
  const peak = /peak=(\d+)/.exec(stderr)?.[1];
  if (status === 2 || peak === undefined) throw new Error(stderr);
  return { seconds, peak: Number(peak) / 1024 };
}

function row(cells) {
  return cells.map((cell, index) => (index === 0 ? String(cell).padEnd(16) : String(cell).padStart(10))).join('');
}
