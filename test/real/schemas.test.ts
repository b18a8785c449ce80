import { beforeAll, describe, expect, it } from 'vitest';
import { knownKinds } from '../../lib/schema/kinds.ts';
import type { KubeObject } from '../../lib/schema/kube.ts';
import { checkObject } from '../../lib/schema/validate.ts';
import { generateSchemas } from '../../tools/gen-schemas.ts';
import { CUSTOM_KINDS } from '../../tools/schemas/custom-kinds.ts';
import { CORPUS } from '../schema/corpus.ts';
import { OTHER_KINDS } from '../schema/corpus-kinds.ts';
import { describeApi, freshNamespace, installCrds, type Kube, KubeError } from './harness.ts';
import { DISAGREEMENTS } from './schemas/disagreements.ts';
import { type Mistake, mutationsOf, type OpenApi } from './schemas/mutations.ts';

const OBJECTS = [...CORPUS, ...OTHER_KINDS];
const idOf = ({ apiVersion, kind }: KubeObject) => `${apiVersion} ${kind}`;
const definitions = process.env.TIDEGATE_CLUSTER_CRDS;

describe.skipIf(definitions === undefined)('the committed schemas of custom kinds', () => {
  it('are what the generator writes of their definitions (npm run gen:schemas)', () => {
    const committed = generateSchemas(null);
    for (const [file, text] of generateSchemas(definitions ?? '')) expect(text, file).toBe(committed.get(file));
  });
});

describe('the corpus', () => {
  it('has an object of every kind that has a schema', () => {
    expect(OBJECTS.map(idOf).sort()).toEqual(
      knownKinds()
        .map((id) => id.replace(/\/(?=[^/]*$)/, ' '))
        .sort(),
    );
  });

  it('is all that disagreements are of', () => {
    const ids = new Set(OBJECTS.map(idOf));
    expect(DISAGREEMENTS.flatMap(({ kinds }) => kinds).filter((id) => !ids.has(id))).toEqual([]);
  });
});

interface Verdict {
  /** The mistake and its place, as `DISAGREEMENTS` has it. */
  readonly what: string;
  readonly mistake: Mistake;
  /** What is wrong with it for each, or null. */
  readonly lint: string | null;
  readonly server: string | null;
}

describeApi('`tidegate lint` and the API server', (kube) => {
  let namespace: string;
  const ends: (() => Promise<void> | void)[] = [];
  const schemas = new Schemas(kube);
  const mistakes = new Set<Mistake>();
  beforeAll(async () => {
    await installCrds(kube, [...new Set(CUSTOM_KINDS.map(({ file }) => crdName(file)))]);
    namespace = await freshNamespace(kube, { atEnd: (done) => ends.push(done) });
    return async () => {
      for (const done of ends) await done();
    };
  });

  it.each(OBJECTS.map((object) => [idOf(object), object] as const))('judge %s alike, but for what is listed', async (id, object) => {
    const here = object.metadata.namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
    expect(await refusal(kube, here)).toBeNull();
    expect(checkObject(here)).toEqual([]);

    const mutations = mutationsOf(here, ...(await schemas.of(here)));
    const verdicts = await Promise.all(
      mutations.map(async ({ mistake, path, object }): Promise<Verdict> => {
        const [problem] = checkObject(object);
        const lint = problem === undefined ? null : problem.message;
        return { what: `${mistake} ${path.replace(POD, 'POD/')}`, mistake, lint, server: await refusal(kube, object) };
      }),
    );
    for (const { mistake, server } of verdicts) if (server !== null) mistakes.add(mistake);
    expect(verdicts.filter(({ server }) => server !== null).length).toBeGreaterThanOrEqual(15);

    const listed = DISAGREEMENTS.filter(({ kinds }) => kinds.includes(id)).flatMap(({ refusedBy, cases }) =>
      cases.map((what) => `${refusedBy} refuses: ${what}`),
    );
    const found = new Map(
      verdicts.flatMap(({ what, lint, server }): [string, string][] => {
        if (lint !== null && server === null) return [[`lint refuses: ${what}`, lint]];
        return lint === null && server !== null ? [[`server refuses: ${what}`, server]] : [];
      }),
    );
    const unlisted = [...found].filter(([what]) => !listed.includes(what)).map(([what, why]) => `${what}: ${why}`);
    expect({ unlisted, stale: listed.filter((what) => !found.has(what)) }).toEqual({ unlisted: [], stale: [] });
  });

  it('have met every sort of mistake', () => {
    expect([...mistakes].sort()).toEqual([
      'bad duration',
      'bad enum',
      'bad quantity',
      'bad text',
      'missing',
      'unknown field',
      'wrong type',
    ]);
  });
});

/** Where objects have the spec of their pods. */
const POD = /^\/spec(\/jobTemplate\/spec|\/metrics\/\d+\/provider\/job\/spec|\/templates\/\d+)?\/template\/spec\//;

/** Why the server does not take an object, or null where it would. It is asked only. */
async function refusal(kube: Kube, object: KubeObject): Promise<string | null> {
  return kube.create(object, { dryRun: true, fieldValidation: 'Strict' }).then(
    () => null,
    (error: unknown) => {
      if (error instanceof KubeError && (error.status === 400 || error.status === 422)) return error.message;
      throw error;
    },
  );
}

const crdName = (file: string): string => {
  const [group, plural] = file.replace(/\.yaml$/, '').split('_');
  return `${plural}.${group}`;
};

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
type Published = Readonly<Record<string, OpenApi & { readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[] }>>;

/** What the server publishes of its kinds (OpenAPI v3), asked once for each group. */
class Schemas {
  readonly #kube: Kube;
  readonly #documents = new Map<string, Promise<Published>>();

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  async of({ apiVersion, kind }: KubeObject): Promise<[root: OpenApi, all: Published]> {
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const path = group === '' ? `api/${version}` : `apis/${apiVersion}`;
    const document = this.#documents.get(path) ?? this.#read(path);
    this.#documents.set(path, document);
    const all = await document;
    // DeleteOptions and the like are of every kind.
    const root = Object.values(all).find(({ 'x-kubernetes-group-version-kind': kinds }) => {
      const [only, ...more] = kinds ?? [];
      return only?.group === group && only.version === version && only.kind === kind && more.length === 0;
    });
    if (root === undefined) throw new Error(`the server publishes no schema of ${apiVersion} ${kind}`);
    return [root, all];
  }

  async #read(path: string): Promise<Published> {
    const { body } = await this.#kube.send('GET', `/openapi/v3/${path}`);
    return (body as { readonly components: { readonly schemas: Published } }).components.schemas;
  }
}
