import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { lint, lintOnCores } from '../../lib/policy/lint.ts';
import type { SourceText } from '../../lib/policy/read/objects.ts';
import { Threads } from '../../lib/policy/read/threads.ts';
import type { LintResult } from '../../lib/policy/result.ts';
import { RULES } from '../../policies/index.ts';
import { mutated } from './mutated.ts';

const PROGRAM = fileURLToPath(new URL('../../build/lint-thread.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tidegate-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const program = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const configMap = (name: string, data = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${data}`;
/** Enough for threads, one document each. */
const MANY: readonly SourceText[] = Array.from({ length: 300 }, (_, number) => ({
  name: `${number}.yaml`,
  text: configMap(`a${number}`, `dataa:\n  x: |\n${'    some text\n'.repeat(600)}`),
}));
/** The anchor leaves it to the parser, which takes most memory. */
const HEAVY: SourceText = { name: '7-heavy.yaml', text: `a: &a [${'b,'.repeat(530_000)}]\n` };

const options = { rules: RULES };
/** As text, since order counts as well. */
const said = ({ findings, summary }: LintResult) => JSON.stringify({ findings, summary }, null, 1);
const here = (texts: readonly SourceText[]) => said(lint({ texts, unreadable: [] }, options));
const onCores = async (texts: readonly SourceText[], file: string, memory?: number) =>
  said(await lintOnCores({ texts, unreadable: [] }, options, new Threads(file, memory)));

describe('a run on all cores says what a run on one says', () => {
  it('of 400 mutated manifests, in the same order', async () => {
    const mutants = Array.from({ length: 400 }, (_, seed) => ({ name: `${seed % 90}/${seed}.yaml`, text: mutated(seed) }));
    const texts = [...MANY, ...mutants];
    expect(await onCores(texts, PROGRAM)).toEqual(here(texts));
  });

  it('of values that JSON does not have, anchors, lists and strange keys', async () => {
    const strange = [
      'x: .nan\ny: -.inf\nz: -0\n',
      'x: !!set {a, b}\ny: !!omap [a: 1]\n',
      'spec: &a {x: 1}\nstatus: *a\nb: {<<: *a}\nc: *nobody\n',
      '__proto__: {a: 1}\nconstructor: x\n2: y\n1: z\n',
      "? |\n  a block\n: - \"quoted\\n\"\n  - 'it''s'\n",
      '"metadata": {"name": 3}\r\n',
    ].map((text, number) => ({ name: `strange/${number}.yaml`, text: `\uFEFFapiVersion: apps/v1\nkind: Deployment\n${text}` }));
    const list = { name: 'kustomization.yaml', text: `kind: ConfigMapList\napiVersion: v1\nitems:\n  - dataa: 1\n---\nresources: 1\n` };
    const texts = [...MANY, ...strange, list, ...MANY.map(({ name, text }) => ({ name: `b/${name}`, text }))];
    expect(await onCores(texts, PROGRAM)).toEqual(here(texts));
  });

  it('where no thread can begin', async () => {
    expect(await onCores([...MANY, HEAVY], join(folder, 'absent.js'))).toEqual(here([...MANY, HEAVY]));
  });

  it('where threads end in the midst of it', async () => {
    const file = program(
      'ends.mjs',
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ready'); parentPort.on('message', () => process.exit(3));",
    );
    expect(await onCores(MANY, file)).toEqual(here(MANY));
  });
});

describe('a document that brings its thread down is a finding, and all others are read', () => {
  it.each([
    ['by its memory', PROGRAM, 24, /it takes more than 24 MB of memory; split it into several documents/],
    [
      'by a crash',
      program(
        'throws.mjs',
        "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ready'); parentPort.on('message', () => { throw new Error('lost'); });",
      ),
      400,
      /lost/,
    ],
  ])('%s', async (_, file, memory, reason) => {
    const texts = [...MANY, HEAVY, ...MANY.slice(0, 3)];
    const { findings, summary } = await lintOnCores({ texts, unreadable: [] }, options, new Threads(file, memory));
    expect(summary.objects).toBe(MANY.length + 3);
    expect(findings.filter(({ rule }) => rule === 'yaml')).toMatchObject([
      { file: HEAVY.name, severity: 'error', line: 1, message: expect.stringMatching(reason) },
    ]);
    expect(new Set(findings.filter(({ rule }) => rule === 'schema').map((finding) => finding.file)).size).toBe(MANY.length);
  });
});
