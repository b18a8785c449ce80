import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { printError } from '../../lib/cli/problems.ts';
import { once } from '../../lib/cli/synth-once.ts';
import { DEFAULT_APP } from '../../lib/constructs/default-app.ts';
import { Project } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import { VALID } from '../intent/valid.ts';
import { DIGEST, Repository } from './repository.ts';

/** A release as YAML. */
export const intent = (name: string, { digit = '1', ...more }: { digit?: string; [field: string]: unknown } = {}): string =>
  JSON.stringify({
    apiVersion: 'tidegate.dev/v1alpha1',
    kind: 'ReleaseIntent',
    metadata: { name, namespace: 'shop' },
    spec: {
      ...VALID,
      image: `registry.example.com/${name}:1.4.0@${DIGEST(digit)}`,
      traffic: { ...VALID.traffic, hosts: [`${name}.example.com`] },
      strategy: {
        kind: 'canary',
        weights: [5, 20, 50, 100],
        gates: [{ errorRatio: { address: 'http://prometheus:9090', source: { istio: {} } } }],
      },
      ...more,
    },
  });

/** A repository of two releases at rest, its output not yet written. */
export async function atRest(more: Readonly<Record<string, string>> = {}): Promise<Repository> {
  const repository = new Repository({ 'charts/web.yaml': intent('web'), 'charts/api.yaml': intent('api'), ...more });
  const { locks } = await synthesize(DEFAULT_APP, new Project({ directory: repository.directory, initial: ['web', 'api'] }));
  for (const path of locks.keys()) repository.write(path, locks.get(path) ?? '');
  return repository;
}

/** A cache folder of the test's own; everything in it is a kept result. */
export function emptyCache(): string {
  const home = mkdtempSync(join(tmpdir(), 'tidegate-cache-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** What a person sees of `tidegate synth`. */
export async function synth({ directory }: Repository, cache: string, values: Readonly<Record<string, boolean | readonly string[]>> = {}) {
  process.env.XDG_CACHE_HOME = cache;
  const said = { code: 2, out: '', err: '' };
  const io = {
    out(text: string) {
      said.out += text;
    },
    err(text: string) {
      said.err += text;
    },
    color: false,
  };
  try {
    said.code = await once({ positionals: [], values, io }, directory);
  } catch (error) {
    printError(error, io);
  }
  return said;
}

/** As `cache` where nothing can be kept. */
export const NOWHERE = '/dev/null';

export const resultsIn = (cache: string): readonly string[] => {
  try {
    return readdirSync(join(cache, 'tidegate')).map((name) => join(cache, 'tidegate', name));
  } catch {
    return [];
  }
};
