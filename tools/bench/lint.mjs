// `npm run bench [-- FILES ...]`: how fast `tidegate lint` is on a corpus of made-up manifests, cold, all rules on, on one file of
// 50 MB, and what parsing the same files alone takes with `yaml` and `js-yaml`. Each line is a process of its own, the best of
// three, its processor time beside it: on a busy machine that tells more than the clock. Without FILES, lint-results.md follows.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { file } from './corpus.mjs';
import { bestOfThree, Table } from './runs.mjs';

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

const table = new Table();

try {
  table.row(['', 'files', 'objects', 'seconds', 'objects/s', 'cpu s', 'peak MiB']);
  for (const files of sizes.length > 0 ? sizes : [1, 100, 1000, 5000]) {
    const folder = corpus(files);
    lint(files, files * OBJECTS_A_FILE, folder);
    if (files !== 1000) continue;
    measure('js-yaml alone', files, files * OBJECTS_A_FILE, parseAlone(JS_YAML, folder));
    measure('yaml alone', files, files * OBJECTS_A_FILE, parseAlone(YAML, folder));
  }
  if (sizes.length === 0) {
    const { path, objects } = oneFile(50e6);
    lint('50 MB', objects, path);
    table.keep('lint');
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function lint(files, objects, path) {
  measure('tidegate lint', files, objects, [cli, 'lint', path, '--format', `json=${join(directory, 'report.json')}`]);
}

function oneFile(length) {
  const texts = [];
  for (let size = 0; size < length; size += texts.at(-1).length) texts.push(file(texts.length));
  const path = join(directory, 'all.yaml');
  writeFileSync(path, texts.join('---\n'));
  return { path, objects: texts.length * OBJECTS_A_FILE };
}

function corpus(files) {
  const folder = join(directory, String(files));
  mkdirSync(folder);
  for (let number = 0; number < files; number++) writeFileSync(join(folder, `service-${number}.yaml`), file(number));
  return folder;
}

function measure(name, files, objects, args) {
  const { seconds, cpu, peak } = bestOfThree(args, { accepted: [0, 1] });
  table.row([name, files, objects, seconds.toFixed(2), Math.round(objects / seconds), cpu.toFixed(2), peak.toFixed(0)]);
}
