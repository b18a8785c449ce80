import { copyFileSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VALID } from '../intent/valid.ts';
import { DIGEST, Repository } from './repository.ts';
import { atRest, emptyCache, intent, NOWHERE, resultsIn, synth } from './synthesizing.ts';

const WAIVER = '- {rule: probes-present, object: Deployment/shop/web-*, reason: small, owner: shop, expires: 2026-04-01}\n';
type Edit = (repository: Repository, number: number) => void;
/** What people, Git and other programs do to a repository. */
const EDITS: Readonly<Record<string, Edit>> = {
  'another image': (repository, number) => repository.write('charts/web.yaml', intent('web', { digit: String(1 + (number % 3)) })),
  'another number of pods': (repository, number) => repository.write('charts/api.yaml', intent('api', { replicas: 2 + (number % 3) })),
  'an error of a rule': (repository, number) =>
    repository.write('charts/api.yaml', intent('api', number % 2 === 0 ? {} : { shutdown: { preStop: '1s', drain: '1s', grace: '40s' } })),
  'an intent that is wrong': (repository) => repository.write('charts/web.yaml', intent('web', { replicas: 'many' })),
  'one host of two': (repository) => repository.write('charts/api.yaml', intent('api', { traffic: VALID.traffic })),
  'a release that is gone': ({ directory }) => rmSync(join(directory, 'charts/api.yaml'), { force: true }),
  configuration: (repository, number) =>
    repository.write(
      'tidegate.yaml',
      ['policy: {severity: {probes-present: error}}\n', 'policy: {severity: {probes-present: info}}\n', 'policies: {}\n', ''][number % 4] ??
        '',
    ),
  'two targets': (repository, number) =>
    repository.write('tidegate.yaml', number % 2 === 0 ? 'targets: {production: {}, staging: {}}\n' : ''),
  waivers: (repository, number) => repository.write('tidegate.waivers.yaml', [`waivers:\n${WAIVER}`, WAIVER, ''][number % 3] ?? ''),
  images: (repository, number) =>
    repository.write('images.yaml', number % 2 === 0 ? '' : `images: {web: 'registry.example.com/web:1.4.0@${DIGEST('3')}'}\n`),
  approvals: (repository, number) => repository.write('approvals.yaml', number % 2 === 0 ? '' : 'approvals: what\n'),
  'an edited lock': (repository) =>
    repository.write('lock/production/shop/web.yaml', `${repository.files('lock')['lock/production/shop/web.yaml'] ?? ''}# mine\n`),
  'no lock': ({ directory }) => rmSync(join(directory, 'lock/production/shop/api.yaml'), { force: true }),
  'an edited manifest': (repository) => repository.write('dist/production/shop/web/service-web.yaml', 'kind: Service\n'),
  'a lost manifest': ({ directory }) => rmSync(join(directory, 'dist/production/shop/api/service-api.yaml'), { force: true }),
  'lost manifests': ({ directory }) => rmSync(join(directory, 'dist'), { recursive: true, force: true }),
  "a person's file": (repository) => repository.write('dist/production/shop/web/notes.txt', 'hello\n'),
  "a manifest's place taken by a link to a file of the same bytes": (repository) => {
    const path = 'dist/production/shop/web/service-web.yaml';
    const text = repository.files('dist')[path];
    if (text === undefined) return;
    repository.write('dist/copy.txt', text);
    rmSync(join(repository.directory, path));
    symlinkSync('../../../copy.txt', join(repository.directory, path));
  },
  'a lock of nobody': (repository) => repository.write('lock/production/shop/old.yaml', 'version: 1\n'),
  "a lock's place taken by a link to a file of the same bytes": (repository) => {
    const path = 'lock/production/shop/web.yaml';
    const text = repository.files('lock')[path];
    if (text === undefined) return;
    repository.write('copy.txt', text);
    rmSync(join(repository.directory, path));
    symlinkSync('../../../copy.txt', join(repository.directory, path));
  },
  'an edited record': (repository) => repository.write('dist/production/shop/api/.files', '# mine\nservice-api.yaml\n'),
  'what a killed run has left': (repository) => repository.write('dist/production/shop/web/.tidegate-1.new', 'half'),
  'a folder of a release that was': (repository) => {
    repository.write('dist/production/shop/old/.files', '# mine\nservice-old.yaml\n');
    repository.write('dist/production/shop/old/service-old.yaml', 'kind: Service\n');
  },
};

/** What happens to kept results. */
const DAMAGE: readonly ((files: readonly string[], number: number) => void)[] = [
  () => undefined,
  () => undefined,
  ([file]) => file && truncateSync(file, 100),
  ([file]) => file && writeFileSync(file, ''),
  ([file]) => file && writeFileSync(file, readFileSync(file, 'utf8').replace('"unchanged"', '"abandoned"')),
  ([file, other]) => file && other && copyFileSync(file, other),
  (files) => {
    for (const file of files) rmSync(file);
  },
];

/** Two copies of a repository that is synthesized already, of which one knows. */
async function twins() {
  const cache = emptyCache();
  const first = await atRest();
  await synth(first, cache);
  const { node_modules: _, ...files } = first.files('.');
  const make = () => ({ knowing: new Repository(files), ignorant: new Repository(files) });
  /** All that a person sees, again and again. */
  const compare = async ({ knowing, ignorant }: ReturnType<typeof make>, edit: string) => {
    for (const values of [{ check: true }, {}, {}, { check: true }]) {
      expect(await synth(knowing, cache, values), edit).toEqual(await synth(ignorant, NOWHERE, values));
      expect(knowing.files('.'), edit).toEqual(ignorant.files('.'));
    }
  };
  return { cache, files, make, compare };
}

describe('what the last synth has found changes nothing of what a run says and writes', () => {
  it.each(Object.entries(EDITS))('after %s', async (name, edit) => {
    const { make, compare } = await twins();
    for (const number of [0, 1, 2, 3]) {
      const both = make();
      edit(both.knowing, number);
      edit(both.ignorant, number);
      await compare(both, `${name} ${number}`);
    }
  });

  it('after many things, and damage to what it has found', { timeout: 120_000 }, async () => {
    const { cache, files, make, compare } = await twins();
    const kept = new Set<string>();
    const step = fc.record({
      edit: fc.constantFrom(...Object.keys(EDITS)),
      number: fc.nat(11),
      back: fc.boolean(),
      damage: fc.nat(DAMAGE.length - 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 6 }), async (steps) => {
        const both = make();
        for (const { edit, number, back, damage } of steps) {
          for (const repository of Object.values(both)) EDITS[edit]?.(repository, number);
          DAMAGE[damage]?.(resultsIn(cache), number);
          await compare(both, edit);
          for (const result of resultsIn(cache)) kept.add(result);
          // As a change of branches.
          if (back)
            for (const repository of Object.values(both)) for (const [path, text] of Object.entries(files)) repository.write(path, text);
        }
      }),
      { numRuns: 15 },
    );
    // Otherwise nothing was recognised, and all of this proves nothing.
    expect(kept.size).toBeGreaterThan(1);
  });
});
