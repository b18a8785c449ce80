// `npm run bench [-- FILES ...]`: how fast `tidegate lint` is on a corpus of made-up manifests, cold, all rules on, on one file of
// 50 MB, and what parsing the same files alone takes with `yaml` and `js-yaml`. Each line is a process of its own, the best of
// three, its processor time beside it: on a busy machine that tells more than the clock. Without FILES, lint-results.md follows.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
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

const rows = [];

try {
  say(`node ${process.version}, ${availableParallelism()} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`);
  say(`load when it began: ${loadavg()[0].toFixed(1)}\n`);
  say(row(['', 'files', 'objects', 'seconds', 'objects/s', 'cpu s', 'peak MiB']));
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
    writeFileSync(
      fileURLToPath(new URL('lint-results.md', import.meta.url)),
      `# How fast \`tidegate lint\` is\n\nWritten by \`npm run bench\`.\n\n\`\`\`text\n${rows.join('\n')}\n\`\`\`\n`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function say(line) {
  rows.push(line);
  console.log(line);
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
  const runs = [1, 2, 3].map(() => once(args));
  const seconds = Math.min(...runs.map((run) => run.seconds));
  const cpu = Math.min(...runs.map((run) => run.cpu));
  const peak = Math.max(...runs.map((run) => run.peak));
  say(row([name, files, objects, seconds.toFixed(2), Math.round(objects / seconds), cpu.toFixed(2), peak.toFixed(0)]));
}

function once(args) {
  const report =
    'process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write(`\\nused=${maxRSS} ${userCPUTime + systemCPUTime}\\n`); })';
  const begin = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...args], {
    encoding: 'utf8',
  });
  const seconds = (performance.now() - begin) / 1000;
  const [, peak, cpu] = /used=(\d+) (\d+)/.exec(stderr) ?? [];
  if (status === 2 || peak === undefined) throw new Error(stderr);
  return { seconds, peak: Number(peak) / 1024, cpu: Number(cpu) / 1e6 };
}

function row(cells) {
  return cells.map((cell, index) => (index === 0 ? String(cell).padEnd(16) : String(cell).padStart(10))).join('');
}
