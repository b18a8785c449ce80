import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { at, isFields } from '../lib/policy/shape.ts';
import type { KubeObject } from '../lib/schema/index.ts';
import { checkObject, hasSchema } from '../lib/schema/validate.ts';
import { deployment, PINNED } from './example.ts';

export const schema: Rule = {
  id: 'schema',
  holds: 'every object fits the strict schema of its kind and version',
  severity: 'error',
  universal: true,
  kinds: 'any',
  why: 'The API server drops a field that it does not know, silently where validation is not strict: a misspelt probe is no probe. A wrong type stops the whole apply, half-way through a release. Kinds without a schema are counted as unchecked, never passed in silence.',
  fix: 'Write the field as the message suggests; `kubectl explain` shows what the kind knows.',
  examples: [
    {
      title: 'a misspelt field',
      yaml: deployment({ container: 'readynessProbe:\n  httpGet:\n    path: /ready\n    port: 8080' }),
      finds: ['/spec/template/spec/containers/0/readynessProbe'],
    },
    {
      title: 'a number where the schema wants a text',
      yaml: deployment({ container: 'env:\n  - name: LIMIT\n    value: 10' }),
      finds: ['/spec/template/spec/containers/0/env/0/value'],
    },
    {
      title: 'an object without apiVersion',
      yaml: 'kind: Deployment\nmetadata:\n  name: web\n',
      finds: ['/apiVersion'],
    },
    { title: 'a Deployment as it should be', yaml: deployment({ image: PINNED }), finds: [] },
    {
      title: 'variables that Flux or envsubst fills in',
      yaml: deployment({ image: PINNED, spec: 'replicas: ${REPLICAS:=2}' }).replace('namespace: shop', 'namespace: ${NAMESPACE}'),
      finds: [],
    },
    {
      title: "what a cluster adds, and null, which is how Go's tools write nothing",
      yaml: `${deployment({ image: PINNED }).replace('metadata:\n', 'metadata:\n  creationTimestamp: null\n')}status: {}\n`,
      finds: [],
    },
  ],
  *check(entry) {
    const { apiVersion, kind } = entry.id;
    if (apiVersion === '') yield { path: ['apiVersion'], message: "'apiVersion' is missing." };
    else if (hasSchema(apiVersion, kind)) yield* differences(entry);
  },
};

function* differences({ value }: Entry): Iterable<Complaint> {
  for (const { path = '', message } of checkObject(asApplied(value))) {
    const segments = path
      .split('/')
      .slice(1)
      .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (isFilledIn(at(value, ...segments))) continue;
    const mend = mendOf(message);
    yield {
      path: segments,
      message: `${path === '' ? '' : `${path}: `}${message}`,
      key: message.startsWith('unknown field'),
      ...(mend ? { mend } : {}),
    };
  }
}

/** What the API server gets is not known where Flux or `envsubst` writes it in first. */
const isFilledIn = (value: unknown): boolean => typeof value === 'string' && /\$\{[A-Za-z_]\w*(?:[:=?+-][^}]*)?\}/.test(value);

/** A field is renamed to the one that is meant, and a number where a text belongs becomes the text. */
function mendOf(message: string): Complaint['mend'] | null {
  const meant = /^unknown field .*, did you mean '(.*)'\?$/.exec(message)?.[1];
  if (meant !== undefined) return { kind: 'rename', to: meant };
  return /^found (?:-?[\d.]+|true|false), expected a text\.$/.test(message) ? { kind: 'quote' } : null;
}

/** What the API server looks at: it ignores the status, takes null for nothing and makes a name from `generateName`. */
function asApplied({ status: _, ...fields }: Entry['value']): KubeObject {
  const applied = withoutNulls(fields) as Record<string, unknown>;
  const { metadata } = applied;
  if (isFields(metadata) && metadata.name === undefined && typeof metadata.generateName === 'string')
    applied.metadata = { ...metadata, name: `${metadata.generateName}x` };
  return applied as unknown as KubeObject;
}

/** The same value where there is no null in it, so that only the rare ones are copied. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutNulls);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isFields(value)) return value;
  const keys = Object.keys(value);
  let copy: Record<string, unknown> | null = null;
  for (const key of keys) {
    const before = at(value, key);
    const after = before === null ? undefined : withoutNulls(before);
    if (after === before) continue;
    copy ??= { ...value };
    if (after === undefined) delete copy[key];
    else copy[key] = after;
  }
  return copy ?? value;
}
