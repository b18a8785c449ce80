// Builds what the JSON Schema of a YAML intent has beside that of an intent: the document around it, and templates by name.
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
  const own: Record<string, Schema> = {
    ...Object.fromEntries(Object.entries(definitions).filter(([name]) => name.endsWith('Options'))),
    MetricSource: oneOf('Where request metrics come from.', [], definitions.SourceTemplates),
    // Known by who answers, so that a gate without a description is told what it misses.
    Gate: oneOf('', [{ ...form('Gate'), required: ['provider', ...(form('Gate').required ?? [])] }], definitions.GateTemplates),
    ServedShare: oneOf('', [form('ServedShare')], definitions.ServedTemplates),
    ReleaseIntent: { ...form('ReleaseIntent'), properties: fields },
    ReleaseIntentDocument: DOCUMENT,
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Generated from templates/written.ts and lib/intent/release.ts by `npm run gen:intent-schema`; do not edit.',
    title: 'ReleaseIntent',
    $ref: '#/definitions/ReleaseIntentDocument',
    definitions: Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const DOCUMENT: Schema = {
  description: 'One service and how its next version reaches users, as YAML: what `new Release(chart, name, intent)` is in TypeScript.',
  type: 'object',
  properties: {
    apiVersion: { const: 'tidegate.dev/v1alpha1' },
    kind: { const: 'ReleaseIntent' },
    metadata: {
      type: 'object',
      properties: {
        name: { description: 'Name of the release, a DNS label of at most 40 characters that begins with a letter.', type: 'string' },
        namespace: { description: 'Namespace of every object. Default: default.', type: 'string', default: 'default' },
      },
      additionalProperties: false,
      required: ['name'],
    },
    spec: { $ref: '#/definitions/ReleaseIntent' },
  },
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
};

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
