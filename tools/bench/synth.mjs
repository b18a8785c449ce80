// `npm run bench:synth`, and part of `npm run bench`: how fast `tidegate synth` is, cold, with nothing changed and with one
// release changed, beside `@kosko/cli` and `cdk8s synth`, which print the same objects, and the start of Node itself. Cold is
// without output and without anything that an earlier run has found. Each figure is the best of three processes of their own,
// its ratio that to a cold synth of as many releases. `@kosko/cli` is downloaded into a temporary folder; without a network its
// lines are left out. Without sizes, synth-results.md follows.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { bestOfThree, Table } from './runs.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'build/cli.js');
const KOSKO = '1.2.5';
const sizes = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
// What runs find of one another stays here.
const cache = join(directory, 'cache');
process.env.XDG_CACHE_HOME = cache;
const table = new Table();
let changes = 0;

try {
  const kosko = installedKosko();
  table.row(['', 'releases', 'objects', 'seconds', 'ms/object', 'cpu s', 'peak MiB', 'ratio']);
  measure('node', { releases: 0, objects: 0, args: ['--eval', '0'], cwd: directory });
  for (const releases of sizes.length > 0 ? sizes : [1, 10, 100, 250, 1000, 5000]) compare(releases, kosko);
  if (sizes.length === 0) table.keep('synth');
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function compare(releases, kosko) {
  const project = repository(releases);
  const { count: objects, ofOne } = objectsBelow(join(project, 'dist'));
  const synth = [cli, 'synth', '--format', 'json'];
  const cold = measure('tidegate, cold', { releases, objects, args: synth, cwd: project, before: () => withoutOutput(project) });
  measure('tidegate, unchanged', { releases, objects, args: synth, cwd: project, beside: cold });
  const before = () => withOneChanged(project);
  measure('tidegate, one changed', { releases, objects, args: synth, cwd: project, before, beside: cold });
  if (kosko !== null) {
    const args = [join(kosko, 'node_modules/@kosko/cli/bin/kosko.js'), 'generate', '-q'];
    measure('kosko generate', { releases, objects, args, cwd: koskoProject(kosko, ofOne, releases), beside: cold });
  }
  // Its cost grows with the square of the charts.
  if (releases > 250) return;
  const args = [join(root, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth', '--check-upgrade', 'false'];
  measure('cdk8s synth', { releases, objects, args, cwd: cdk8sProject(ofOne, releases), beside: cold });
}

/** A repository of so many releases as `charts/web.ts` has one, with its locks. */
function repository(releases) {
  const project = join(directory, `releases-${releases}`);
  mkdirSync(join(project, 'charts'), { recursive: true });
  cpSync(join(root, 'tidegate.yaml'), join(project, 'tidegate.yaml'));
  writeFileSync(join(project, 'package.json'), '{"name":"bench","type":"module"}\n');
  withPackages(project, ['cdk8s', 'constructs', 'cdk8s-plus-28']);
  symlinkSync(root, join(project, 'node_modules/tidegate'));
  const chart = readFileSync(join(root, 'charts/web.ts'), 'utf8')
    .replace('constructor(scope: Construct)', 'constructor(scope: Construct, name: string)')
    .replace(`super(scope, 'web'`, 'super(scope, name')
    .replace(`new Release(this, 'web'`, 'new Release(this, name')
    .replace('replicas: 6', 'autoscale: { min: 6, max: 20, cpu: 70 }')
    .replace(`'web.example.com'`, '`${name}.example.com`');
  writeFileSync(join(project, 'charts/web.ts'), chart);
  writeFileSync(
    join(project, 'charts/main.ts'),
    `import { App } from 'cdk8s';
import { Web } from './web.ts';

const app = new App();
for (let number = 0; number < ${releases}; number++) new Web(app, \`web-\${number}\`);
app.synth();
`,
  );
  const names = Array.from({ length: releases }, (_, number) => `web-${number}`);
  execFileSync(process.execPath, [cli, 'record', ...names, '--initial'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  return project;
}

/** The objects of a folder: how many, and those of the first release. */
function objectsBelow(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.yaml'));
  const first = files.filter((name) => name.includes('/web-0/'));
  return { count: files.length, ofOne: first.map((name) => loadAll(readFileSync(join(folder, name), 'utf8'))[0]) };
}

function withoutOutput(project) {
  for (const folder of [join(project, 'dist'), cache]) rmSync(folder, { recursive: true, force: true });
}

/** One more pod at most, of the first release: a settled change, which starts no release. */
function withOneChanged(project) {
  const chart = join(project, 'charts/web.ts');
  changes += 1;
  writeFileSync(chart, readFileSync(chart, 'utf8').replace(/max: [^,]*,/, `max: name === 'web-0' ? ${20 + changes} : 20,`));
}

function withPackages(project, names) {
  for (const name of names) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
}

/** `(name) => [...]` in JavaScript: the same objects for a release of another name. */
function madeAnew(objects, make) {
  const named = (object) => JSON.stringify(object).replaceAll('web-0', '" + name + "');
  return `(name) => [${objects.map((object) => make(object, named(object))).join(',\n')}]`;
}

function installedKosko() {
  const folder = join(directory, 'kosko');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', `@kosko/cli@${KOSKO}`], { cwd: folder, stdio: 'ignore' });
  if (status === 0) {
    // It asks for this package, which is not in the registry; it only names folders of variables.
    const env = join(folder, 'node_modules/@kosko/env');
    mkdirSync(env, { recursive: true });
    writeFileSync(join(env, 'package.json'), '{"name":"@kosko/env","version":"1.0.0","main":"index.js"}');
    writeFileSync(join(env, 'index.js'), 'module.exports = {};');
    return folder;
  }
  console.log(`@kosko/cli ${KOSKO} could not be installed: left out\n`);
  return null;
}

/** Kosko's way: instances of models that validate themselves. */
function koskoProject(kosko, objects, releases) {
  const project = join(directory, `kosko-${releases}`);
  mkdirSync(join(project, 'components'), { recursive: true });
  symlinkSync(join(kosko, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'kosko.toml'), 'components = ["*"]\n');
  const kinds = new Map(objects.map(({ apiVersion, kind }) => [kind, modelOf(apiVersion, kind)]));
  const imports = [...kinds].map(([kind, url]) => `const { ${kind} } = await import('${url}');`).join('\n');
  writeFileSync(
    join(project, 'components/web.js'),
    `module.exports = async () => {
${imports}
const make = ${madeAnew(objects, ({ kind }, text) => `new ${kind}(${text})`)};
return Array.from({ length: ${releases} }, (_, number) => make(\`web-\${number}\`)).flat();
};
`,
  );
  return project;
}

function modelOf(apiVersion, kind) {
  const models = apiVersion.includes('istio.io') ? '@kubernetes-models/istio' : 'kubernetes-models';
  return import.meta.resolve(`${models}/${apiVersion}/${kind}`);
}

/** cdk8s's way: a chart for each release, and a program in plain JavaScript. */
function cdk8sProject(objects, releases) {
  const project = join(directory, `cdk8s-${releases}`);
  mkdirSync(project);
  withPackages(project, ['cdk8s', 'constructs']);
  writeFileSync(join(project, 'cdk8s.yaml'), 'language: typescript\napp: node main.cjs\n');
  const make = madeAnew(objects, (_, text) => text);
  writeFileSync(
    join(project, 'main.cjs'),
    `const { ApiObject, App, Chart } = require('cdk8s');
const make = ${make};
const app = new App();
for (let number = 0; number < ${releases}; number++) {
  const chart = new Chart(app, \`web-\${number}\`);
  make(\`web-\${number}\`).forEach((object, index) => new ApiObject(chart, \`object-\${index}\`, object));
}
app.synth();
`,
  );
  return project;
}

/** @param beside the seconds that the ratio is taken of; its own is 1 */
function measure(name, { releases, objects, args, cwd, before, beside = null }) {
  const { seconds, cpu, peak } = bestOfThree(args, { cwd, before });
  const ratio = beside === null ? 1 : seconds / beside;
  const each = objects === 0 ? '' : ((seconds * 1_000) / objects).toFixed(3);
  table.row([name, releases, objects, seconds.toFixed(2), each, cpu.toFixed(2), peak.toFixed(0), ratio.toFixed(2)]);
  return seconds;
}
