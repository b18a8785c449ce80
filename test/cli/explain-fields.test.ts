import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPLAINED, fieldsAt } from '../../lib/cli/explained.ts';
import { run } from '../../lib/cli/run.ts';

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema | false>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
type Definitions = Readonly<Record<string, Schema>>;

const definitionsOf = (name: string): Definitions =>
  JSON.parse(readFileSync(new URL(`../../lib/${name}.schema.json`, import.meta.url), 'utf8')).definitions;

/** Every path from a definition on, as messages write them; a definition is entered once on each path. Kubernetes' own fields are left to Kubernetes. */
function* pathsOf(
  schema: Schema | boolean | undefined,
  definitions: Definitions,
  path = '',
  seen: readonly string[] = [],
): Iterable<string> {
  if (typeof schema !== 'object') return;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/definitions/', '');
    if (!seen.includes(name) && name !== 'PodSpecAddition') yield* pathsOf(definitions[name], definitions, path, [...seen, name]);
    return;
  }
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (inner === false) continue;
    const at = path === '' ? name : `${path}.${name}`;
    yield at;
    yield* pathsOf(inner, definitions, at, seen);
  }
  yield* pathsOf(schema.additionalProperties, definitions, `${path}['own-key']`, seen);
  yield* pathsOf(schema.items, definitions, `${path}[0]`, seen);
  for (const form of [...(schema.anyOf ?? []), ...(schema.allOf ?? [])]) yield* pathsOf(form, definitions, path, seen);
}

const intent = definitionsOf('intent/intent');
const lock = definitionsOf('lock/lock');

describe('tidegate explain knows', () => {
  it('every path of an intent', () => {
    const paths = [...new Set(pathsOf(intent.ReleaseIntent, intent))];
    expect(paths).toEqual(
      expect.arrayContaining(["env['own-key'].secret", 'strategy.steps[0].analysis.gates[0].interval', 'resources.requests.cpu']),
    );
    expect(paths.filter((path) => fieldsAt(path).length === 0)).toEqual([]);
  });

  it('every field of every type of an intent', () => {
    const fields = Object.entries(intent).flatMap(([type, { properties = {} }]) =>
      Object.keys(properties).map((field) => `${type}.${field}`),
    );
    expect(fields.length).toBeGreaterThan(200);
    expect(fields.filter((field) => fieldsAt(field).length === 0)).toEqual([]);
  });

  it('every path of a plan', () => {
    const paths = [...new Set(pathsOf(lock.Plan, lock))];
    expect(paths).toEqual(
      expect.arrayContaining(['approvals.required', 'route.splits[0].stable.weight', 'steps[0].gates[0].intervalSeconds']),
    );
    expect(paths.filter((path) => fieldsAt(path).length === 0)).toEqual([]);
  });

  it('every step and each of its fields', () => {
    for (const { name, fields } of EXPLAINED.steps)
      for (const field of [...fields.matchAll(/(?:^|, )(\w+):/g)].map(([, field = '']) => field).concat('exposure', 'deadlineSeconds'))
        expect([`${name}.${field}`, fieldsAt(`${name}.${field}`).length > 0]).toEqual([`${name}.${field}`, true]);
    expect(EXPLAINED.steps.map(({ name }) => name)).toContain('setHeaderRoute');
  });

  it('a path as a message writes it', async () => {
    let [out, err] = ['', ''];
    const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), color: false };
    expect(await run(['explain', "sidecars['proxy'].resources.limits.memory"], io, () => undefined), err).toBe(0);
    expect(out).toBe('Resources.limits.memory: string (required)\n');
  });
});
