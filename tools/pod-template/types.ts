// Writes the types of what `podTemplate.spec` may add, from the pod template's part of a Deployment's strict schema.
import { readFileSync } from 'node:fs';
import { mergeKey } from '../../lib/intent/merge-key.ts';
import type { Schema } from '../schemas/schema.ts';
import { NAMES, SUFFIXES } from './names.ts';

const SCHEMA = 'lib/schema/kinds/apps_v1_Deployment.json';
const HEADER = `// Generated from ${SCHEMA} by \`npm run gen:pod-template\`; do not edit.
// Every field is optional, since an addition is merged with what the intent has said. Only entries of lists have fields that
// must be there: the one they are merged by, or all that Kubernetes requires where nothing is merged into them.
`;
const ROOT = 'PodSpec';
const LINE_WIDTH = 140;
/** Room for places in a comment; at least one is shown. */
const PLACES_WIDTH = 110;

/** An object inside a pod's spec, and the type that is made of it. */
interface Part {
  readonly name: string;
  readonly schema: Schema;
  /** Where a pod's spec has it, such as `containers[].env[]`. */
  readonly places: string[];
  /** For an entry of lists: the field it is merged by, or null where it is appended. */
  entry: { readonly key: string | null } | null;
}

/** By the reference to a part, or its schema where it occurs once. */
type Parts = ReadonlyMap<string | Schema, Part>;

/** The text of lib/intent/pod-template.ts. */
export function podTemplateTypes(): string {
  const root = JSON.parse(readFileSync(new URL(`../../${SCHEMA}`, import.meta.url), 'utf8')) as Schema;
  const spec = root.properties?.spec?.properties?.template?.properties?.spec;
  if (!spec) throw new Error(`${SCHEMA} has no pod template`);
  const parts = partsOf(spec, root.definitions ?? {});
  checkNames([...parts.values()]);
  return [HEADER, ...[...parts.values()].map((part) => declaration(part, parts))].join('\n');
}

/** Every object in a pod's spec, what uses a part before the part. */
function partsOf(spec: Schema, definitions: Readonly<Record<string, Schema>>): Parts {
  const parts = new Map<string | Schema, Part>();
  const visit = (found: Schema, name: string, place: string, list: string | null): void => {
    const schema = definitions[found.$ref?.replace('#/definitions/', '') ?? ''] ?? found;
    if (!schema.properties) return;
    const id = found.$ref ?? found;
    const known = parts.get(id);
    const part = known ?? { name, schema, places: [], entry: null };
    parts.set(id, part);
    part.places.push(place);
    if (list !== null) part.entry = { key: mergeKey(list) in schema.properties ? mergeKey(list) : null };
    if (known) return;
    for (const [field, value] of Object.entries(schema.properties)) {
      const inside = place === '' ? field : `${place}.${field}`;
      if (value.items) visit(value.items, nameOf(name, field, true), `${inside}[]`, field);
      else visit(value, nameOf(name, field, false), inside, null);
    }
  };
  visit(spec, ROOT, '', null);
  return parts;
}

function nameOf(type: string, field: string, isEntry: boolean): string {
  const suffix = SUFFIXES[type] ?? '';
  const singular = isEntry ? field.replace(/ies$/, 'y').replace(/s$/, '') : field;
  return NAMES[`${type}.${field}`] ?? singular.charAt(0).toUpperCase() + singular.slice(1).replace(new RegExp(`${suffix}$`), '') + suffix;
}

function checkNames(parts: readonly Part[]): void {
  const names = parts.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`tools/pod-template/names.ts must tell these apart: ${twice.join(', ')}`);
  const gone = Object.values(NAMES).filter((name) => !names.includes(name));
  if (gone.length > 0) throw new Error(`tools/pod-template/names.ts names what pods no longer have: ${gone.join(', ')}`);
}

function declaration(part: Part, parts: Parts): string {
  const { name, schema, entry } = part;
  const required = entry === null ? [] : entry.key === null ? (schema.required ?? []) : [entry.key];
  const fields = Object.entries(schema.properties ?? {}).map(([field, value]) =>
    wrapped(`  readonly ${field}${required.includes(field) ? '' : '?'}:`, typeOf(value, parts)),
  );
  return `/** ${description(part)} */\nexport interface ${name}Addition {\n${fields.join('\n')}\n}\n`;
}

/** A field on one line, or a long union as the formatter breaks it. */
function wrapped(field: string, type: string): string {
  const line = `${field} ${type};`;
  return line.length <= LINE_WIDTH ? line : `${field}\n    | ${type.replaceAll(' | ', '\n    | ')};`;
}

function description({ name, places, entry }: Part): string {
  if (name === ROOT) return "Fields of a pod's spec, as Kubernetes names them.";
  const shortest = places.toSorted((a, b) => a.length - b.length);
  const shown = shortest.filter((_, index) => index === 0 || shortest.slice(0, index + 1).join(', ').length <= PLACES_WIDTH);
  const more = places.length - shown.length;
  const listed = `${shown.map((place) => `\`${place}\``).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  if (entry === null) return `${listed}.`;
  return `${listed}; ${entry.key === null ? 'appended' : `merged by \`${entry.key}\``}.`;
}

function typeOf(schema: Schema, parts: Parts): string {
  const part = parts.get(schema.$ref ?? schema);
  if (part) return `${part.name}Addition`;
  if (schema.items) return listOf(typeOf(schema.items, parts));
  if (schema.enum) return schema.enum.map((value) => `'${String(value)}'`).join(' | ');
  if (typeof schema.additionalProperties === 'object') return `Readonly<Record<string, ${typeOf(schema.additionalProperties, parts)}>>`;
  return [schema.type ?? []].flat().map(scalar).join(' | ');
}

const listOf = (type: string): string => `readonly ${type.includes(' | ') ? `(${type})` : type}[]`;

function scalar(type: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    default:
      throw new Error(`${SCHEMA} has a ${type} of which the generator knows no TypeScript`);
  }
}
