// Declarations of what the package exports, for `npm pack`: build/types/, without those that no export leads to.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build/types');
const entries = ['lib/index.ts', 'templates/index.ts', 'lib/cli/policy-library.ts'].map((file) => join(root, file));
/** `from "./x.ts"` or `import("./x.ts")`: declarations name each other as the modules that they describe are named. */
const IMPORTED = /(\b(?:from|import)\b\s*\(?\s*["'])(\.{1,2}\/[^"']+)\.ts(?=["'])/g;

const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
// `paths` would have them import `tidegate` by itself. Types are checked by `npm test`.
const emit = { paths: {}, noEmit: false, noCheck: true, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: out };
const program = ts.createProgram(entries, { ...options, ...emit });

const wanted = new Map();
for (const waiting = [...entries]; waiting.length > 0; ) {
  const file = waiting.pop();
  const path = join(out, relative(root, file).replace(/\.ts$/, '.d.ts'));
  if (wanted.has(path)) continue;
  const text = declarationOf(file);
  wanted.set(path, text.replaceAll(IMPORTED, '$1$2.js'));
  for (const [, , name] of text.matchAll(IMPORTED)) waiting.push(join(dirname(file), `${name}.ts`));
}

// What is there already stays, and what is old goes last: a test may be copying build/ meanwhile.
for (const [path, text] of wanted) {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}
for (const path of readdirSync(out, { recursive: true }).map((name) => join(out, name)))
  if (path.endsWith('.d.ts') && !wanted.has(path)) rmSync(path);

function declarationOf(file) {
  let declaration = null;
  const { diagnostics } = program.emit(program.getSourceFile(file), (_, text) => (declaration = text), undefined, true);
  if (diagnostics.length > 0 || declaration === null)
    throw new Error(`${file}: ${diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n')}`);
  return declaration;
}
