import { schemaOf } from './kinds.ts';
import type { KubeObject } from './kube.ts';
import type { WalkedKeywords, WalkedSchema } from './matches.ts';

/** A kind that a cluster may lack though releases have objects of it. */
interface CustomKind {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

const GROUP = 'argoproj.io';
const VERSION = 'v1alpha1';
/** Names and scopes as Argo Rollouts has them, so that its own definitions can take over later. */
const CUSTOM_KINDS: readonly CustomKind[] = [
  { kind: 'AnalysisTemplate', plural: 'analysistemplates', shortName: 'at', scope: 'Namespaced' },
  { kind: 'ClusterAnalysisTemplate', plural: 'clusteranalysistemplates', shortName: 'cat', scope: 'Cluster' },
];

/** A CustomResourceDefinition for each of them, as strict as the schemas by which objects are checked before they are written. */
export function customResourceDefinitions(): readonly KubeObject[] {
  return CUSTOM_KINDS.map(({ kind, plural, shortName, scope }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { 'app.kubernetes.io/managed-by': 'tidegate' } },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [shortName] },
      scope,
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: objectSchema(kind) },
          additionalPrinterColumns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
        },
      ],
    },
  }));
}

/** The API server knows by itself what every object has. */
function objectSchema(kind: string): object {
  const root = schemaOf(`${GROUP}/${VERSION}`, kind);
  if (root === null) throw new Error(`there is no schema of ${kind}`);
  const { apiVersion: _, kind: __, metadata: ___, ...fields } = root.properties ?? {};
  const text = { type: 'string' };
  return {
    type: 'object',
    required: (root.required ?? []).filter((name) => Object.hasOwn(fields, name)),
    properties: { apiVersion: text, kind: text, metadata: { type: 'object' }, ...structuralProperties(fields, root) },
  };
}

type Fields = Readonly<Record<string, WalkedSchema>>;

const structuralProperties = (properties: Fields, root: WalkedKeywords): object =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, structural(schema, root)]));

/**
 * A schema in the words that a definition has. What it has no words for is left to `tidegate lint`: names of keys,
 * patterns that look ahead, and that a quantity is a number or a text. Unknown fields need none: the API server refuses or drops them.
 * @throws Error for a keyword that is none of those, so that no rule is lost in silence
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
function structural(schema: WalkedSchema, root: WalkedKeywords): object {
  if (typeof schema === 'boolean') throw new Error(`a definition cannot say ${schema}`);
  if (schema.$ref !== undefined) return structural(root.definitions?.[schema.$ref.replace('#/definitions/', '')] ?? false, root);
  const { type, title, pattern, properties, additionalProperties, items, propertyNames: _, const: only, ...rest } = schema;
  const unknown = Object.keys(rest).filter((keyword) => !SAME.has(keyword));
  if (unknown.length > 0) throw new Error(`a definition has no word for ${unknown.join(', ')}`);
  return {
    ...typeWords(type, properties !== undefined || additionalProperties !== undefined),
    ...rest,
    ...(title === undefined ? {} : { description: `${title[0]?.toUpperCase()}${title.slice(1)}.` }),
    ...(pattern === undefined || LOOKS_AROUND.test(pattern) ? {} : { pattern }),
    ...(only === undefined ? {} : { enum: [only] }),
    ...(items === undefined ? {} : { items: structural(items, root) }),
    ...(properties === undefined ? {} : { properties: structuralProperties(properties, root) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: structural(additionalProperties, root) } : {}),
  };
}

/** Keywords that mean the same there; those that combine schemas do as long as they only say what is required. */
const SAME: ReadonlySet<string> = new Set([
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
]);

/** Go's regular expressions, by which the API server matches, have none of these. */
const LOOKS_AROUND = /\(\?<?[=!]/;

function typeWords(type: WalkedKeywords['type'], hasFields: boolean): object {
  if (type === undefined) throw new Error('a definition needs the type of every value');
  const anything = { 'x-kubernetes-preserve-unknown-fields': true };
  // There is no way to say `number or text`; the pattern still holds for a text.
  if (typeof type !== 'string') return type.includes('number') ? anything : { 'x-kubernetes-int-or-string': true };
  return { type, ...(type === 'object' && !hasFields ? anything : {}) };
}
