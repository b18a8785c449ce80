// Follows a page as a reader would: writes its files and runs its commands, in their order, in a clone of this repository.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, type Outcome, Repository } from '../cli/repository.ts';
import { type Block, type Page, ROOT } from './pages.ts';

/** A clone after `npm ci`: with what is committed, what is built, and a first commit. Must be called inside a test. */
export function clone(): Repository {
  const repository = new Repository({});
  for (const path of ['charts', 'lock', 'dist', 'package.json', 'cdk8s.yaml', 'tidegate.yaml', '.gitignore'])
    cpSync(join(ROOT, path), join(repository.directory, path), { recursive: true });
  for (const path of ['build', 'tools', 'lib', 'templates']) symlinkSync(join(ROOT, path), join(repository.directory, path));
  repository.write('.npx/npx', NPX);
  return repository;
}

/** npx without its question whether a package shall be downloaded, and cdk8s without its look for a newer one. */
const NPX = `#!/bin/sh
tool=$1; shift
case $tool in
  tidegate) exec node ${CLI} "$@" ;;
  cdk8s) exec node_modules/.bin/cdk8s --check-upgrade=false "$@" ;;
  *) exec node_modules/.bin/"$tool" "$@" ;;
esac
`;

/** What on the page is not as it says, one line each. */
export async function walkThrough({ path, blocks }: Page, repository: Repository): Promise<readonly string[]> {
  const begin = [
    'chmod +x .npx/npx',
    'git init -q -b main .',
    "printf '%s\\n' .npx build tools lib templates node_modules > .git/info/exclude",
    'git add . && git commit -qm "Begin"',
  ];
  await shell(begin.join('\n'), repository);
  const wrong: string[] = [];
  for (const block of blocks) {
    const place = `${path}:${block.line}`;
    if (block.file !== null) writeFile(block.file, block.text, repository);
    else if (runs(block)) wrong.push(...(await follow(block, repository)).map((message) => `${place}: ${message}`));
  }
  return wrong;
}

/** Whether a block is commands that a test can run. */
export const runs = ({ language, info }: Block): boolean => (language === 'sh' || language === 'console') && !info.startsWith('no-run');

function writeFile(path: string, text: string, { directory }: Repository): void {
  const file = join(directory, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

async function follow({ language, info, text }: Block, repository: Repository): Promise<readonly string[]> {
  const expected = Number(/exit=(\d+)/.exec(info)?.[1] ?? 0);
  const steps = language === 'sh' ? [{ command: text, output: null }] : stepsOf(text);
  const wrong: string[] = [];
  for (const [index, { command, output }] of steps.entries()) {
    const { code, out } = await shell(command, repository);
    const wanted = index === steps.length - 1 ? expected : 0;
    if (code !== wanted) wrong.push(`\`${command.trim()}\` ended with ${code}, not ${wanted}:\n${out}`);
    else if (output !== null && !says(out, output)) wrong.push(`\`${command.trim()}\` does not print\n${output}\nbut\n${out}`);
  }
  return wrong;
}

/** `$ command` lines, each with the output below it. */
function stepsOf(text: string): readonly { readonly command: string; readonly output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((step) => ({ command: step.slice(0, step.indexOf('\n')), output: step.slice(step.indexOf('\n') + 1) }));
}

/** Output as the page has it; `...` on a line of its own stands for any lines, and one hash for another. */
function says(actual: string, expected: string): boolean {
  const pattern = comparable(expected)
    .split(/^\.\.\.$/m)
    .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*');
  return new RegExp(`^${pattern}$`).test(comparable(actual));
}

const comparable = (output: string): string =>
  output
    .replace(/\b[0-9a-f]{8}\b/g, 'HASH')
    .replace(/^(npm warn|> ).*\n/gm, '')
    .replace(/ +$/gm, '')
    .trim();

async function shell(script: string, repository: Repository): Promise<Outcome> {
  const identity = { GIT_AUTHOR_NAME: 'Reader', GIT_AUTHOR_EMAIL: 'reader@example.com' };
  return repository.run('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script}`], {
    ...identity,
    GIT_COMMITTER_NAME: identity.GIT_AUTHOR_NAME,
    GIT_COMMITTER_EMAIL: identity.GIT_AUTHOR_EMAIL,
    GIT_PAGER: 'cat',
    PATH: `${join(repository.directory, '.npx')}:${process.env.PATH}`,
  });
}
