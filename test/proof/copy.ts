import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PARTS } from '../../lib/plan/uses.ts';
import { type Outcome, Repository } from '../cli/repository.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNS_IN_CLUSTER = ['runner', 'smoke', 'notify', ...PARTS].map((name) => `${name}.mjs`);

/** This repository's own examples, as a user would have them beside an installed Tidegate; gone when the test ends. */
export class Copy extends Repository {
  /** @param programs `shipped`: those that are built; `marker`: one line each, so that their changes change no text here */
  constructor(programs: 'shipped' | 'marker') {
    super(
      Object.fromEntries(['cdk8s.yaml', 'package.json', 'tidegate.yaml'].map((file) => [file, readFileSync(join(ROOT, file), 'utf8')])),
    );
    for (const folder of ['build', 'charts']) cpSync(join(ROOT, folder), join(this.directory, folder), { recursive: true });
    if (programs === 'marker')
      for (const file of RUNS_IN_CLUSTER) writeFileSync(join(this.directory, 'build', file), `// build/${file}, left out here\n`);
  }

  override tidegate(...args: readonly string[]): Promise<Outcome> {
    return this.run(process.execPath, ['build/cli.js', ...args]);
  }
}

/** An example's image as it is written in its chart, and the next one: another tag, another digest. */
export const IMAGES = {
  web: { file: 'charts/web.ts', from: /2\.14\.0@sha256:[0-9a-f]{64}/, to: `2.15.0@sha256:${'7c1e'.repeat(16)}` },
  'store-api': { file: 'charts/store-api.ts', from: /5\.3\.1@sha256:[0-9a-f]{64}/, to: `5.4.0@sha256:${'b38d'.repeat(16)}` },
  'payments-api': { file: 'charts/payments-api.ts', from: /api:3\.8\.2@sha256:[0-9a-f]{64}/, to: `api:3.9.0@sha256:${'e05a'.repeat(16)}` },
  'api-service': { file: 'charts/api-service.ts', from: /1\.41\.0@sha256:[0-9a-f]{64}/, to: `1.42.0@sha256:${'91f6'.repeat(16)}` },
} as const;

/** The migration of an example as it is written in its chart: with it, a release from what was before runs it. */
export const MIGRATIONS = { file: IMAGES['api-service'].file, written: /^ {6}migrations: \[\n(?: {8}.*\n)+ {6}\],\n/m } as const;

export const EXAMPLES = Object.keys(IMAGES);
