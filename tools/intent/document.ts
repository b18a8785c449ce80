// Builds what the JSON Schema of a YAML intent has beside that of an intent: the document around it, and templates by name.
import { MIXIN_FIELDS } from '../../lib/intent/mixin.ts';
import { definitionsOf, mergeUnion, type Schema } from './schema.ts';

/**
 * The text of lib/intent/document.schema.json.
 * @param intent the text of lib/intent/intent.schema.json, to whose definitions these are added
 */
export function documentSchema(intent: string): string {
  const { definitions: known } = JSON.parse(intent) as { definitions: Record<string, Schema> };
  const { Templates: _, ...definitions } = definitionsOf('templates/written.ts', 'Templates').definitions;
  const form = (name: string) => known[name] ?? {};
  const { namespace: __, ...fields } = form('ReleaseIntent').properties ?? {};
  const some = { ...form('TargetOverride').properties, ...pick(fields, ['risk', 'engine', 'workload', 'targets']) };
  const { namespace: ___, image, ...shared } = some;
  const own: Record<string, Schema> = {
    ...Object.fromEntries(Object.entries(definitions).filter(([name]) => name.endsWith('Options'))),
    MetricSource: oneOf('Where request metrics come from.', [], definitions.SourceTemplates),
    // Known by who answers, so that a gate without a description is told what it misses.
    Gate: oneOf('', [{ ...form('Gate'), required: ['provider', ...(form('Gate').required ?? [])] }], definitions.GateTemplates),
    ServedShare: oneOf('', [form('ServedShare')], definitions.ServedTemplates),
    ReleaseIntent: { ...form('ReleaseIntent'), properties: { mixins: MIXINS, ...fields } },
    IntentOnDefaults: specOf('What a release says beside defaults.', { ...COMPOSED, image: image ?? {}, ...shared }, ['defaults', 'image']),
    ReleaseDefaults: specOf('What releases have in common.', { ...COMPOSED, ...shared }),
    ReleaseMixin: specOf('A piece of a pod template.', { includes: { ...MIXINS, description: INCLUDES }, ...pick(shared, MIXIN_FIELDS) }),
    ...Object.fromEntries(DOCUMENTS.map(({ kind, spec }) => [`${spec}Document`, documentOf(kind, spec)])),
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Generated from templates/written.ts and lib/intent/release.ts by `npm run gen:intent-schema`; do not edit.',
    title: 'ReleaseIntent',
    // For editors; Tidegate looks at the kind itself.
    type: 'object',
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    allOf: DOCUMENTS.map(({ spec, when }) => ({ if: when, then: { $ref: `#/definitions/${spec}Document` } })),
    definitions: Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const MIXINS: Schema = {
  description: 'Names of `ReleaseMixin` documents of these charts: pieces of the pod template, in this order.',
  type: 'array',
  items: { type: 'string' },
};
const INCLUDES = 'Names of mixins that it needs; they come before it.';
const COMPOSED = {
  defaults: {
    description: 'Name of a `ReleaseDefaults` document of these charts, which holds where nothing is said here.',
    type: 'string',
  },
  mixins: MIXINS,
} satisfies Schema['properties'];

const onDefaults = { properties: { spec: { required: ['defaults'] } } };
const ofKind = (kind: string): Schema => ({ properties: { kind: { const: kind } } });

/** The forms of a document: which spec each has, and how it is known. */
const DOCUMENTS: readonly { readonly kind: string; readonly spec: string; readonly when: Schema }[] = [
  { kind: 'ReleaseIntent', spec: 'ReleaseIntent', when: { allOf: [ofKind('ReleaseIntent'), { not: onDefaults }] } },
  { kind: 'ReleaseIntent', spec: 'IntentOnDefaults', when: { allOf: [ofKind('ReleaseIntent'), onDefaults] } },
  { kind: 'ReleaseDefaults', spec: 'ReleaseDefaults', when: ofKind('ReleaseDefaults') },
  { kind: 'ReleaseMixin', spec: 'ReleaseMixin', when: ofKind('ReleaseMixin') },
];

const documentOf = (kind: string, spec: string): Schema => ({
  ...(kind === 'ReleaseIntent'
    ? {
        description:
          'One service and how its next version reaches users, as YAML: what `new Release(chart, name, intent)` is in TypeScript.',
      }
    : {}),
  type: 'object',
  properties: {
    apiVersion: { const: 'tidegate.dev/v1alpha1' },
    kind: { const: kind },
    metadata: {
      type: 'object',
      properties: kind === 'ReleaseIntent' ? RELEASE_NAMES : { name: { description: 'How intents refer to it.', type: 'string' } },
      additionalProperties: false,
      required: ['name'],
    },
    spec: { $ref: `#/definitions/${spec}` },
  },
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
});

const RELEASE_NAMES: Record<string, Schema> = {
  name: { description: 'Name of the release, a DNS label of at most 40 characters that begins with a letter.', type: 'string' },
  namespace: { description: 'Namespace of every object. Default: default.', type: 'string', default: 'default' },
};

function specOf(description: string, properties: Record<string, Schema | false>, required: string[] = []): Schema {
  return { description, type: 'object', properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

const pick = (fields: Record<string, Schema | false>, names: readonly string[]): Record<string, Schema | false> =>
  Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));

/** What is written out, or a template by its name; told apart as any union of objects is. */
function oneOf(description: string, written: readonly Schema[], templates: Schema | undefined): Schema {
  const named = Object.entries(templates?.properties ?? {}).map(([name, template]) => ({
    type: 'object',
    properties: { [name]: template },
    required: [name],
  }));
  const union: Schema = { ...(description === '' ? {} : { description }), anyOf: [...written, ...named] };
  mergeUnion(union, {});
  return { ...(written[0]?.description === undefined ? {} : { description: written[0].description }), ...union };
}
