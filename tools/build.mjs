// Bundles the library, the CLI and the two programs that run in the cluster into build/.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
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
    entryPoints: { index: 'lib/index.ts', cli: 'lib/cli/main.ts', templates: 'templates/index.ts' },
    packages: 'external',
    splitting: true,
    sourcemap: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  // Shipped as text into Jobs, so readable and without dependencies.
  build({ ...common, entryPoints: { smoke: 'lib/runner/smoke.ts' }, outExtension: { '.js': '.mjs' } }),
  build({
    ...common,
    entryPoints: { runner: 'lib/runner/main.ts' },
    outExtension: { '.js': '.mjs' },
    // Constants are put where they are used.
    minifySyntax: true,
    plugins: [sealed(/lib.gates.(judge|providers.index)\.ts$/), sealed(/lib.runner.(connection|read-plan|watch)\.ts$/, ['./*', '../*'])],
  }).then(compacted),
]);

const wanted = new Map(bundles.flatMap(({ outputFiles }) => outputFiles.map(({ path, contents }) => [path, contents])));
// Data that the bundle reads at run time, one file for each kind that it meets.
const kinds = join(root, 'lib/schema/kinds');
for (const name of readdirSync(kinds)) wanted.set(join(root, 'build/kinds', name), readFileSync(join(kinds, name)));

// What is there already stays, and what is old goes last: a build beside a running test takes nothing from under it.
for (const [path, contents] of wanted) {
  mkdirSync(dirname(path), { recursive: true });
  if (!sameBytes(path, contents)) writeFileSync(path, contents, { mode: path.endsWith('/cli.js') ? 0o755 : 0o644 });
}
for (const path of filesBelow(join(root, 'build'))) if (!wanted.has(path) && !relative(root, path).startsWith('build/types/')) rmSync(path);

/**
 * The runner travels in a ConfigMap and through pull requests, so it is small: without indentation, and with short
 * names inside functions. Every field and message keeps its name, and so does every function but those behind what asks
 * and judges, speaks HTTP and reads the plan, which are sealed; and lines stay lines. Names of a script's top level are left alone by esbuild, of a module's they are not:
 * so the imports are set aside meanwhile.
 */
async function compacted({ outputFiles: [file] }) {
  const imports = /^import .*;$/gm;
  const { code } = await transform(file.text.replace(imports, ''), {
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    lineLimit: 240,
    target: common.target,
    charset: common.charset,
  });
  const text = `${file.text.match(imports).join('\n')}\n${code}`;
  return { outputFiles: [{ path: file.path, contents: Buffer.from(text) }] };
}

/** Puts a module, and what it imports but for what is external, into one function: outside of it only its exports have names. */
function sealed(filter, external = []) {
  const seal = async ({ path }) => {
    const { outputFiles } = await build({ ...common, entryPoints: [path], minifySyntax: true, external });
    const [, imports, code, names] = /^((?:import .*\n|\/\/ .*\n)*)([\s\S]*)export \{([^}]*)\};\s*$/.exec(outputFiles[0].text);
    return { contents: `${imports}export const {${names}} = (() => {${code}return {${names}};})();`, loader: 'js' };
  };
  return { name: 'sealed', setup: ({ onLoad }) => onLoad({ filter }, seal) };
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
