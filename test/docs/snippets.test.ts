import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as tidegate from '../../lib/index.ts';
import * as templates from '../../templates/index.ts';
import { DIGEST, Repository } from '../cli/repository.ts';
import { type Block, type Page, pages, ROOT } from './pages.ts';
import { clone, runs, walkThrough } from './walk-through.ts';

const all = pages();
const blocks = all.flatMap((page) => page.blocks.map((block) => ({ page, block, place: `${page.path}:${block.line}` })));
const isPart = ({ language, info }: Block) => language === 'ts' && info === 'part';
const parts = blocks.filter(({ block }) => isPart(block));

describe('the blocks of README.md and docs/', () => {
  it('are of known languages, so that none escapes the tests below', () => {
    const known = ['ts', 'sh', 'console', 'text', 'yaml', 'json', 'mermaid', 'promql'];
    expect(blocks.filter(({ block }) => !known.includes(block.language)).map(({ place }) => place)).toEqual([]);
  });

  it('of TypeScript name their file, or are `part` of an intent', () => {
    const neither = blocks.filter(({ block }) => block.language === 'ts' && block.file === null && !isPart(block));
    expect(neither.map(({ place }) => place)).toEqual([]);
  });

  it('that cannot run here say why, and are few', () => {
    const marked = blocks.filter(({ block }) => block.info.startsWith('no-run'));
    expect(marked.filter(({ block }) => !/^no-run \(.+\)$/.test(block.info)).map(({ place }) => place)).toEqual([]);
    expect(marked.length).toBeLessThanOrEqual(10);
  });
});

it('every TypeScript snippet compiles as strictly as the charts do', async () => {
  const repository = new Repository({
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noUnusedLocals: false,
        paths: {
          tidegate: [join(ROOT, 'lib/index.ts')],
          'tidegate/templates': [join(ROOT, 'templates/index.ts')],
          'tidegate/policy': [join(ROOT, 'lib/cli/policy-library.ts')],
        },
      },
      include: ['*/**/*.ts'],
    }),
    ...Object.fromEntries(all.flatMap(snapshots)),
    ...Object.fromEntries(parts.map(({ block, place }) => [`parts/${fileName(place)}.ts`, partFile(block)])),
  });
  const { out } = await repository.run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.']);
  expect(out).toBe('');
});

it('every part of an intent is accepted, becomes objects, and can be released', async () => {
  expect(parts.length).toBeGreaterThan(0);
  const names = parts.map((_, index) => `part-${index}`);
  const repository = new Repository({
    'charts/main.ts': [
      "import { App, Chart } from 'cdk8s';\nimport { Release } from 'tidegate';\nimport { base } from './base.ts';",
      ...parts.map((_, index) => `import { part as part${index} } from './part-${index}.ts';`),
      "const chart = new Chart(new App(), 'parts', { namespace: 'shop' });",
      ...parts.map((_, index) => `new Release(chart, 'part-${index}', { ...base('part-${index}'), ...part${index} });`),
      '(chart.node.root as App).synth();\n',
    ].join('\n'),
    'charts/base.ts': BASE,
    // What names objects of the release names those of this one.
    ...Object.fromEntries(
      parts.map(({ block }, index) => [`charts/part-${index}.ts`, partFile(block).replaceAll("'api-service-", `'part-${index}-`)]),
    ),
  });
  const does = async (...args: readonly string[]) => {
    const { code, out, err } = await repository.tidegate(...args);
    expect(code, `${args.join(' ')}: ${out}${err}`).toBe(0);
  };
  await does('record', ...names, '--initial');
  repository.edit('charts/base.ts', DIGEST('1'), DIGEST('2'));
  await does('synth');
  await does('synth', '--check');
  await does('lint', 'dist');
});

it('every command of every page does what the page says', async () => {
  const walked = all.filter((page) => page.blocks.some(runs)).map((page) => ({ page, repository: clone() }));
  const wrong: string[] = [];
  // Two readers at a time, one for each core of a small machine.
  const reader = async () => {
    for (let next = walked.shift(); next; next = walked.shift()) wrong.push(...(await walkThrough(next.page, next.repository)));
  };
  await Promise.all([reader(), reader()]);
  expect(wrong.join('\n\n')).toBe('');
}, 180_000);

/** The files of a page as they stand after each block that writes one, beside the charts that they import. */
function snapshots({ path, blocks: own }: Page): [string, string][] {
  const files = new Map(
    readdirSync(join(ROOT, 'charts')).map((name) => [`charts/${name}`, readFileSync(join(ROOT, 'charts', name), 'utf8')]),
  );
  return own
    .filter(({ language, file }) => language === 'ts' && file !== null)
    .flatMap(({ file, text, line }) => {
      files.set(file ?? '', text);
      return [...files].map(([name, content]): [string, string] => [`${fileName(`${path}:${line}`)}/${name}`, content]);
    });
}

const fileName = (place: string): string => place.replace(/[^\w-]+/g, '-');

/** A part may use everything that charts can import. */
function partFile({ text }: Block): string {
  return `import { ${Object.keys(tidegate).join(', ')} } from 'tidegate';
import type { ReleaseIntent } from 'tidegate';
import { ${Object.keys(templates).join(', ')} } from 'tidegate/templates';

export const part: Partial<ReleaseIntent> = {
${text}};
`;
}

const BASE = `import { canary, type ReleaseIntent } from 'tidegate';
import { errorRatio, httpSmoke, istio } from 'tidegate/templates';

export const base = (name: string): ReleaseIntent => ({
  image: 'registry.example.com/hello:1.0.0@${DIGEST('1')}',
  ports: { http: 8080 },
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  probes: { readiness: { http: { path: '/ready' } } },
  traffic: { router: 'istio', hosts: [name + '.example.com'], gateways: ['ingress/public'] },
  smoke: [httpSmoke('hello', { path: '/' })],
  strategy: canary({ weights: [5, 50, 100], gates: [errorRatio({ address: 'http://prometheus:9090', source: istio() })] }),
});
`;
