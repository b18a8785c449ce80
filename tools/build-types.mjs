// Declarations of what the package exports, for `npm pack`: build/types/, without those that no export leads to.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ENTRIES = ['lib/index.ts', 'templates/index.ts'];
const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build/types');

const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
const program = ts.createProgram(
  ENTRIES.map((file) => join(root, file)),
  // `paths` would have them import `tidegate` by itself. Types are checked by `npm test`.
  { ...options, paths: {}, noEmit: false, noCheck: true, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: out },
);

rmSync(out, { recursive: true, force: true });
/** `from "./x.ts"` or `import("./x.ts")`: declarations name each other as the modules that they describe are named. */
const IMPORTED = /(\b(?:from|import)\b\s*\(?\s*["'])(\.{1,2}\/[^"']+)\.ts(?=["'])/g;
const seen = new Set();
for (const waiting = ENTRIES.map((file) => join(root, file)); waiting.length > 0; ) {
  const file = waiting.pop();
  if (seen.has(file)) continue;
  seen.add(file);
  const text = declarationOf(file);
  const path = join(out, relative(root, file).replace(/\.ts$/, '.d.ts'));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    text.replaceAll(IMPORTED, (_, before, name) => `${before}${name}.js`),
  );
  for (const [, , name] of text.matchAll(IMPORTED)) waiting.push(join(dirname(file), `${name}.ts`));
}

function declarationOf(file) {
  let declaration = null;
  const { diagnostics } = program.emit(program.getSourceFile(file), (_, text) => (declaration = text), undefined, true);
  if (diagnostics.length > 0 || declaration === null)
    throw new Error(`${file}: ${diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n')}`);
  return declaration;
}
