import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { expect, it } from 'vitest';
import { compileAhead, loadModule } from '../../lib/constructs/load-module.ts';
import { Repository } from '../cli/repository.ts';

it('a program has the constructs that everybody has, however it imports them', async () => {
  const { directory } = new Repository({});
  const text = `import * as all from 'cdk8s';
import whole, { Chart as one } from 'cdk8s';
import { Construct } from 'constructs';
import { Deployment } from 'cdk8s-plus-28';
const { Chart: required } = require('cdk8s');
export const charts = [all.Chart, whole.Chart, one, required];
export { Construct };
export const isConstruct = Deployment.prototype instanceof Construct;
export { Chart } from 'cdk8s';`;
  const loaded = await loadModule({ text }, directory);
  expect(new Set([...(loaded.charts as unknown[]), loaded.Chart])).toEqual(new Set([Chart]));
  expect(loaded.Construct).toBe(Construct);
  expect(loaded.isConstruct).toBe(true);
});

it('a package of constructs that is not there is named', async () => {
  const { directory } = new Repository({});
  await expect(loadModule({ text: `import { Pod } from 'cdk8s-plus-99'; export { Pod };` }, directory)).rejects.toThrow(/cdk8s-plus-99/);
});

it('what was compiled ahead is run once: then the file may be another', async () => {
  const repository = new Repository({ 'charts/main.ts': 'export const day: number = 1;' });
  const file = join(repository.directory, 'charts/main.ts');
  const load = async () => (await loadModule({ file }, repository.directory)).day;
  compileAhead(file, repository.directory);
  expect(await load()).toBe(1);
  repository.write('charts/main.ts', 'export const day: number = 2;');
  expect(await load()).toBe(2);
});
