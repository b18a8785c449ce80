import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../lib/schema/index.ts';
import { applyAll, available, describeApi, freshNamespace, hasControllers, installCrds, KINDS } from './harness.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describeApi('what is committed in dist/', (kube) => {
  let repository: string;

  beforeAll(async () => {
    repository = mkdtempSync(join(tmpdir(), 'tidegate-dist-'));
    for (const part of ['charts', 'dist', 'lock', 'tidegate.yaml']) cpSync(join(root, part), join(repository, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(repository, 'node_modules'));
    await installCrds(kube, KINDS);
  });
  afterAll(() => rmSync(repository, { recursive: true, force: true }));

  it('is accepted at rest and in flight, and its pods start under the restricted Pod Security profile', async () => {
    const atRest = manifests(join(repository, 'dist'));
    for (const name of new Set(atRest.map(({ metadata }) => metadata.namespace ?? '')))
      await freshNamespace(kube, { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    await applyAll(kube, atRest);

    releaseAll(repository);
    const inFlight = manifests(join(repository, 'dist'));
    await applyAll(kube, inFlight);
    const deployments = inFlight.filter(({ kind }) => kind === 'Deployment');
    // Of each release: stable, candidate and runner.
    expect(deployments).toHaveLength(3 * atRest.filter(({ kind }) => kind === 'Deployment').length);
    if (hasControllers) for (const { metadata } of deployments) await available(kube, metadata.namespace ?? '', metadata.name);
  });
});

/** What a person does: other digests in the charts, then `tidegate synth`. */
function releaseAll(repository: string): void {
  const charts = join(repository, 'charts');
  for (const file of readdirSync(charts)) {
    const text = readFileSync(join(charts, file), 'utf8');
    writeFileSync(join(charts, file), text.replaceAll(/@sha256:[0-9a-f]{8}/g, '@sha256:0123abcd'));
  }
  const synth = spawnSync(process.execPath, [join(root, 'build/cli.js'), 'synth', '--cwd', repository], { encoding: 'utf8' });
  expect(synth, synth.stderr).toMatchObject({ status: 0 });
}

function manifests(folder: string): KubeObject[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')));
}
