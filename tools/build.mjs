// Bundles the library, the CLI and the two programs that run in the cluster into build/.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  outdir: 'build',
  logLevel: 'warning',
  write: false,
};

const bundles = await Promise.all([
  build({
    ...common,
    entryPoints: {
      index: 'lib/index.ts',
      cli: 'lib/cli/main.ts',
      templates: 'templates/index.ts',
      policy: 'lib/cli/policy-library.ts',
      'lint-thread': 'lib/policy/read/thread.ts',
    },
    packages: 'external',
    plugins: [required({ cdk8s: ['ApiObject', 'App', 'Chart'], constructs: ['Construct', 'Node'] })],
    splitting: true,
    sourcemap: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  // Shipped as text into Jobs, so readable and without dependencies.
  build({ ...common, entryPoints: { smoke: 'lib/runner/smoke.ts' }, outExtension: { '.js': '.mjs' } }),
  // Beside the runner, where a plan uses them.
  build({
    ...common,
    entryPoints: Object.fromEntries(partsOf().map((name) => [name, `lib/runner/parts/${name}.ts`])),
    outExtension: { '.js': '.mjs' },
    minifySyntax: true,
  }),
  // Beside the runner, where a release notifies somebody.
  build({ ...common, entryPoints: { notify: 'lib/notify/main.ts' }, outExtension: { '.js': '.mjs' } }),
  build({
    ...common,
    entryPoints: { runner: 'lib/runner/main.ts' },
    outExtension: { '.js': '.mjs' },
    minifySyntax: true,
    plugins: [sealed(/lib.gates.judge\.ts$/), sealed(/lib.runner.main\.ts$/, await filesOf('lib/runner/reduce.ts')), shortened()],
  }).then(compacted),
]);

const wanted = new Map(bundles.flatMap(({ outputFiles }) => outputFiles.map(({ path, contents }) => [path, contents])));
// Data that the bundle reads at run time, one file for each kind that it meets.
const kinds = join(root, 'lib/schema/kinds');
for (const name of readdirSync(kinds)) wanted.set(join(root, 'build/kinds', name), readFileSync(join(kinds, name)));

// What earlier runs have found holds for the very same program alone.
const identity = createHash('sha256');
for (const [path, contents] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)))
  if (!path.endsWith('.map')) identity.update(`${relative(root, path)}\0${contents.length}\0`).update(contents);
wanted.set(join(root, 'build/identity'), Buffer.from(`${identity.digest('hex')}\n`));

// What is there already stays, and what is old goes last: a build beside a running test takes nothing from under it.
for (const [path, contents] of wanted) {
  mkdirSync(dirname(path), { recursive: true });
  if (!sameBytes(path, contents)) writeFileSync(path, contents, { mode: path.endsWith('/cli.js') ? 0o755 : 0o644 });
}
for (const path of filesBelow(join(root, 'build'))) if (!wanted.has(path) && !relative(root, path).startsWith('build/types/')) rmSync(path);

/** Packages of CommonJS, by the names that are imported: Node would look through every file of theirs for such names. */
function required(packages) {
  const modules = ({ path }) => ({
    contents: `import { createRequire } from 'node:module';
export const { ${packages[path].join(', ')} } = createRequire(import.meta.url)('${path}');`,
  });
  return {
    name: 'required',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^(${Object.keys(packages).join('|')})$`) }, ({ path }) => ({ path, namespace: 'required' }));
      onLoad({ filter: /./, namespace: 'required' }, modules);
    },
  };
}

/**
 * The runner travels in a ConfigMap and through pull requests, so it is small: without indentation, and with short
 * names inside functions. Every field and message keeps its name, and so does every function of what decides; the shell
 * of effects and the judging of gates are sealed, where names would cost as much again. Lines stay lines. Names of a
 * script's top level are left alone by esbuild, of a module's they are not: so the imports are set aside meanwhile.
 */
async function compacted({ outputFiles: [file] }) {
  const imports = /^import .*;$/gm;
  const { code } = await transform(file.text.replace(imports, ''), {
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    lineLimit: 420,
    define: { 'Number.POSITIVE_INFINITY': 'Infinity', 'Number.NaN': 'NaN' },
    target: common.target,
    charset: common.charset,
  });
  const text = `${merged(file.text.match(imports)).join('\n')}\n${code}`;
  return { outputFiles: [{ path: file.path, contents: Buffer.from(text) }] };
}

/** Names of the files beside the runner's own. */
function partsOf() {
  const names = readdirSync(join(root, 'lib/runner/parts')).map((file) => file.replace(/\.ts$/, ''));
  return names.filter((name) => name !== 'index');
}

/** One import for each module; every file of the bundle comes with its own. */
function merged(imports) {
  const names = new Map();
  for (const text of imports) {
    const [, named, module] = /^import \{ (.*) \} from ("[^"]*");$/.exec(text);
    names.set(module, [...(names.get(module) ?? []), named]);
  }
  return [...names].map(([module, named]) => `import{${named.join()}}from${module};`);
}

/** Puts a module and all that it imports, but for what is kept, into one function: outside of it only its exports have names. */
function sealed(filter, kept = []) {
  const outside = ({ path, resolveDir }) =>
    kept.includes(join(resolveDir, path)) ? { path: join(resolveDir, path), external: true } : null;
  const keep = { name: 'keep', setup: ({ onResolve }) => onResolve({ filter: /^\./ }, outside) };
  const seal = async ({ path }) => {
    const { outputFiles } = await build({ ...common, entryPoints: [path], minifySyntax: true, plugins: [keep] });
    const imports = /^import [^;]*;$/gm;
    const { text } = outputFiles[0];
    const [, code, names = ''] = /^([\s\S]*?)(?:export \{([^}]*)\};\s*)?$/.exec(text.replace(imports, ''));
    const shell = `(() => {${code}return {${names}};})();`;
    return { contents: `${(text.match(imports) ?? []).join('\n')}\n${names && `export const {${names}} = `}${shell}`, loader: 'js' };
  };
  return { name: 'sealed', setup: ({ onLoad }) => onLoad({ filter }, seal) };
}

/**
 * Puts a file's own numbers where they are used, since nothing looks them up by name, and gives what looks into JSON, which
 * is everywhere and decides nothing, names of two letters.
 */
function shortened() {
  const numbersInPlace = (text) => {
    const numbers = new Map();
    const rest = text.replace(/^const ([A-Z_]+) = ([\d_]+(?: \* [\d_]+)*);$/gm, (_, name, value) => {
      numbers.set(name, value);
      return '';
    });
    return rest.replace(/\b[A-Z_]{3,}\b/g, (name) => (numbers.has(name) ? `(${numbers.get(name)})` : name));
  };
  /** Of each file its own, since nobody knows which comes first. */
  const LETTERS = { json: 'abcdefghijklm', hash: 'nopqrstuvwxyz' };
  const shortNames = (text, letters) => {
    const names = [...text.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name], index) => [name, `$${letters[index]}`]);
    const declared = text.replace(/^export (?=function|const)/gm, '');
    const short = names.reduce((all, [name, letter]) => all.replace(new RegExp(`\\b${name}\\b`, 'g'), letter), declared);
    return `${short}\nexport { ${names.map(([name, letter]) => `${letter} as ${name}`).join()} };`;
  };
  const loaded = ({ path }) => {
    const text = numbersInPlace(readFileSync(path, 'utf8'));
    const letters = LETTERS[basename(path, '.ts')];
    return { contents: letters ? shortNames(text, letters) : text, loader: 'ts' };
  };
  return { name: 'shortened', setup: ({ onLoad }) => onLoad({ filter: /lib.(runner|gates|plan)\b.*\.ts$/ }, loaded) };
}

/** A module and all that it imports. */
async function filesOf(entry) {
  const { metafile } = await build({ ...common, entryPoints: [entry], metafile: true });
  return Object.keys(metafile.inputs).map((path) => join(root, path));
}

function sameBytes(path, contents) {
  try {
    return Buffer.compare(readFileSync(path), contents) === 0;
  } catch {
    return false;
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
