// What the controllers of custom kinds check in code and no definition says, and what definitions say in a way that people do not read.
import { durationOf, NAMES, PORT, refineAll, refineFormat, refineNamed, VALUE_RULES } from './rules.ts';
import { type Schema, visitSchema } from './schema.ts';
import { readValidator } from './validators.ts';

/** Puts the schema of a built-in kind's part, or of one value, where a definition says less. `*` is an entry of a list. */
export type Stricter = Readonly<Record<string, (schema: Schema) => Schema>>;

const POD_SPEC = 'kubernetes-models/_schemas/IoK8sApiCoreV1PodSpec';

/** Pods are made of it, which the API server judges: so by the rules of pods, as far as the definition has the field. */
const podSpec = (schema: Schema): Schema => {
  const pod = readValidator(POD_SPEC, refineNamed);
  refineAll(pod);
  return common(schema, pod);
};

/** Only what both have, by the rules of the second. */
function common(known: Schema, rules: Schema): Schema {
  if (known.items && rules.items) return { ...rules, items: common(known.items, rules.items) };
  if (!known.properties || !rules.properties) return rules;
  const required = [...new Set([...(known.required ?? []), ...(rules.required ?? [])])];
  const properties: Record<string, Schema> = {};
  for (const [name, rule] of Object.entries(rules.properties)) {
    const schema = known.properties[name];
    if (schema) properties[name] = common(schema, rule);
  }
  return { ...rules, properties, ...(required.length > 0 && { required }) };
}

/** Argo fills arguments in anywhere, so any text may have one. */
const withArguments =
  (change: (schema: Schema) => Schema) =>
  (known: Schema): Schema => {
    const schema = change(known);
    visitSchema(schema, (part) => {
      if (part.type === 'string' && part.pattern !== undefined) part.pattern = `${part.pattern}|\\{\\{.+\\}\\}`;
    });
    return schema;
  };

const value = (rule: Schema) => (): Schema => structuredClone(rule);
const field = (name: string, rule: Schema) => ({ [name]: value(rule) });

const LABELLED: Stricter = { labels: value(VALUE_RULES.labels), annotations: value(VALUE_RULES.annotations) };
const below = (path: string, rules: Stricter): Stricter =>
  Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`${path}/${name}`, rule]));

const METRIC: Stricter = {
  ...field('interval', VALUE_RULES.argoDuration),
  ...field('initialDelay', VALUE_RULES.argoDuration),
  ...Object.fromEntries(
    ['consecutiveErrorLimit', 'consecutiveSuccessLimit', 'count', 'failureLimit', 'inconclusiveLimit'].map((name) => [
      name,
      value(VALUE_RULES.countOrArgument),
    ]),
  ),
  provider: (schema) => ({ ...schema, oneOf: Object.keys(schema.properties ?? {}).map((name) => ({ required: [name] })) }),
  'provider/web/method': value({ type: 'string', enum: ['GET', 'POST', 'PUT'] }),
  'provider/job/metadata/labels': withArguments(value(VALUE_RULES.labels)),
  'provider/job/spec/template/metadata/labels': withArguments(value(VALUE_RULES.labels)),
  'provider/job/spec/template/spec': withArguments(podSpec),
};
export const ANALYSIS: Stricter = below('spec/metrics/*', METRIC);
export const ROLLOUT: Stricter = {
  'spec/template/spec': podSpec,
  ...below('spec/template/metadata', LABELLED),
  ...field('spec/selector/matchLabels', VALUE_RULES.labels),
};
export const EXPERIMENT: Stricter = {
  'spec/templates/*/template/spec': podSpec,
  ...below('spec/templates/*/template/metadata', LABELLED),
  ...field('spec/templates/*/selector/matchLabels', VALUE_RULES.labels),
  ...field('spec/duration', durationOf('([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+')),
};

export interface Refinement {
  readonly stricter?: Stricter;
  /** Whether every number without bounds counts something, so that none is below 0. @default false */
  readonly counts?: boolean;
  /** Whether `port` and `number` are ports, though the definition allows more. @default false */
  readonly ports?: boolean;
  /** Which fields may be fractions, where the controller reads whole numbers though the definition has none. @default all numbers */
  readonly fractions?: readonly string[];
}

export function refineCustom(root: Schema, { stricter = {}, counts = false, ports = false, fractions }: Refinement): Schema {
  let schema = root;
  visitSchema(schema, (part, name) => {
    if (part.type === 'number' && fractions?.includes(name) === false) part.type = 'integer';
    if (part.type === 'integer') {
      if (ports && (name === 'port' || name === 'number' || name === 'targetPort')) Object.assign(part, PORT);
      if (counts && part.minimum === undefined) part.minimum = 0;
      if (part.format === 'int32' && part.maximum === undefined) part.maximum = 2 ** 31 - 1;
    }
    refineFormat(part);
    const title = part.pattern === undefined ? undefined : TITLES[part.pattern];
    if (title !== undefined) part.title = title;
  });
  for (const [path, change] of Object.entries(stricter)) schema = changed(schema, path.split('/'), change);
  return schema;
}

/** A copy with what stands at a path replaced. A path that is gone from the definition is an error here. */
function changed(schema: Schema, [name, ...rest]: readonly string[], change: (schema: Schema) => Schema): Schema {
  if (name === undefined) return change(schema);
  if (name === '*' && schema.items) return { ...schema, items: changed(schema.items, rest, change) };
  const inner = schema.properties?.[name];
  if (inner === undefined) throw new Error(`there is no field ${name} any more`);
  return { ...schema, properties: { ...schema.properties, [name]: changed(inner, rest, change) } };
}

const DURATION = "a duration such as '30s' or '1m30s'";
/** Patterns of definitions in words. */
const TITLES: Readonly<Record<string, string>> = {
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$':
    "a quantity such as '100m', 1 or '128Mi'",
  '^([0-9]{1,5}(h|m|s|ms)){1,4}$': DURATION,
  '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$': DURATION,
  '^[0-9]+(m|s)': "a duration such as '30s' or '1m'",
  '^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$': "a duration such as '30s' or '1h30m'",
  '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$': `${NAMES.subdomain.title}, or nothing`,
};
