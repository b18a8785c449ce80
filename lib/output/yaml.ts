import { blockScalar, scalar } from './scalar.ts';

/** What a reader looks for first, in every map; all other keys follow in the order of their code units. */
const LEADING_KEYS: readonly string[] = ['apiVersion', 'kind', 'metadata', 'name', 'namespace'];

/** YAML readers must accept a key in front of `:` up to 1,024 characters; a longer one is written behind `?`. */
const LONGEST_PLAIN_KEY = 1_000;

/**
 * JSON-shaped data as YAML that reads back the same under YAML 1.1 and 1.2. The text depends on the data alone: not on the
 * order of insertion, nor on anything outside. Texts of several lines are literal blocks wherever that is exact; nothing is
 * folded.
 * @throws TypeError with the path, for whatever JSON cannot hold: undefined, functions, NaN, cycles, class instances
 */
export function toYaml(value: unknown): string {
  const writer = new Writer();
  if (isBranch(value)) writer.branch(value, '', '');
  else writer.lines.push(writer.leaf(value));
  return `${writer.lines.join('\n')}\n`;
}

type Branch = readonly unknown[] | Readonly<Record<string, unknown>>;

class Writer {
  readonly lines: string[] = [];
  private readonly path: (string | number)[] = [];
  private readonly ancestors = new Set<unknown>();

  /** Writes a map or list at `indent`; `lead` stands in front of its first line instead (`- ` of the list around it). */
  branch(value: Branch, indent: string, lead: string): void {
    if (this.ancestors.has(value)) throw this.error('contains itself');
    this.ancestors.add(value);
    if (Array.isArray(value)) this.list(value, indent, lead);
    else this.map(value as Readonly<Record<string, unknown>>, indent, lead);
    this.ancestors.delete(value);
  }

  private map(map: Readonly<Record<string, unknown>>, indent: string, lead: string): void {
    let start = lead;
    for (const key of sortedKeys(map)) {
      this.path.push(key);
      const written = scalar(key);
      if (written.length > LONGEST_PLAIN_KEY) {
        this.lines.push(`${start}? ${written}`);
        this.entry(`${indent}:`, map[key], indent);
      } else this.entry(`${start}${written}:`, map[key], indent);
      this.path.pop();
      start = indent;
    }
  }

  private entry(key: string, value: unknown, indent: string): void {
    if (isBranch(value)) {
      this.lines.push(key);
      this.branch(value, `${indent}  `, `${indent}  `);
    } else this.lines.push(`${key} ${this.leaf(value, indent)}`);
  }

  private list(list: readonly unknown[], indent: string, lead: string): void {
    // By index: an iterator method would pass over holes.
    for (let index = 0; index < list.length; index++) {
      this.path.push(index);
      const start = `${index === 0 ? lead : indent}- `;
      const item = list[index];
      if (isBranch(item)) this.branch(item, `${indent}  `, start);
      else this.lines.push(`${start}${this.leaf(item, indent)}`);
      this.path.pop();
    }
  }

  /** A scalar, an empty map or an empty list. `indent` is that of the map or list around it; without it there is none. */
  leaf(value: unknown, indent?: string): string {
    switch (typeof value) {
      case 'string':
        return (indent !== undefined && value.includes('\n') && blockScalar(value, `${indent}  `)) || scalar(value);
      case 'boolean':
        return String(value);
      case 'number':
        if (!Number.isFinite(value)) throw this.error(`is ${value}, which JSON does not know`);
        // YAML 1.1 takes 1e21 for text.
        return JSON.stringify(value).replace(/^(-?\d+)e/, '$1.0e');
      case 'object':
        if (value === null) return 'null';
        if (Array.isArray(value)) return '[]';
        if (isPlainObject(value)) return '{}';
        throw this.error(`is a ${value.constructor?.name ?? 'class instance'}, expected plain data`);
      default:
        throw this.error(value === undefined ? 'is undefined' : `is a ${typeof value}, expected plain data`);
    }
  }

  private error(what: string): TypeError {
    return new TypeError(`cannot be written as YAML: ${this.path.length === 0 ? 'the value' : `/${this.path.join('/')}`} ${what}`);
  }
}

const isBranch = (value: unknown): value is Branch =>
  value !== null &&
  typeof value === 'object' &&
  (Array.isArray(value) ? value.length > 0 : isPlainObject(value) && Object.keys(value).length > 0);

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function sortedKeys(map: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(map).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function rank(key: string): number {
  const place = LEADING_KEYS.indexOf(key);
  return place < 0 ? LEADING_KEYS.length : place;
}
