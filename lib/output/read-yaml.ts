import { toYaml } from './yaml.ts';

/**
 * Reads what `toYaml` wrote, comment lines on top allowed, twenty times as fast as a YAML parser. Anything else, were it
 * one blank more, is null and for a real parser to judge: what was read is only believed if it writes back to the very text.
 */
export function readOwnYaml(text: string): { readonly value: unknown } | null {
  const body = text.replace(/^(?:#.*\n)*/, '');
  try {
    const reader = new Reader(body.split('\n'));
    const value = reader.branch(0);
    return toYaml(value) === body ? { value } : null;
  } catch {
    return null; // not ours, wherever the reading failed
  }
}

class Reader {
  private readonly lines: string[];
  private at = 0;

  constructor(lines: string[]) {
    this.lines = lines;
  }

  /** A map or list whose lines begin at `indent`. */
  branch(indent: number): unknown {
    return this.line(indent).startsWith('- ') ? this.list(indent) : this.map(indent);
  }

  private list(indent: number): unknown[] {
    const list: unknown[] = [];
    while (this.belongs(indent) && this.line(indent).startsWith('- ')) {
      const item = this.line(indent).slice(2);
      if (item.startsWith('- ') || keyOf(item) !== null) {
        this.lines[this.at] = ' '.repeat(indent + 2) + item;
        list.push(this.branch(indent + 2));
      } else list.push(this.leaf(item, indent + 2));
    }
    return list;
  }

  private map(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    while (this.belongs(indent)) {
      const line = this.line(indent);
      const key = keyOf(line);
      if (key === null || key.text === '__proto__') throw new Error('not of the expected form');
      const rest = line.slice(key.length + 1);
      if (rest === '') {
        this.at++;
        map[key.text] = this.branch(indent + 2);
      } else map[key.text] = this.leaf(rest.slice(1), indent + 2);
    }
    return map;
  }

  private belongs(indent: number): boolean {
    const line = this.lines[this.at];
    return line !== undefined && line.length > indent && line[indent] !== ' ' && line.startsWith(' '.repeat(indent));
  }

  private line(indent: number): string {
    return (this.lines[this.at] ?? '').slice(indent);
  }

  /** @param indent of a literal block's lines, should the leaf be one */
  private leaf(written: string, indent: number): unknown {
    this.at++;
    if (written.startsWith('|')) return this.block(written, indent);
    if (written === '{}') return {};
    if (written === '[]') return [];
    if (written === 'null') return null;
    if (written === 'true' || written === 'false') return written === 'true';
    if (/^-?\d[\d.]*(?:e[+-]?\d+)?$/.test(written)) return Number(written);
    return textOf(written);
  }

  private block(header: string, indent: number): string {
    const lines: string[] = [];
    for (; this.at < this.lines.length; this.at++) {
      const line = this.lines[this.at] ?? '';
      if (line !== '' && !line.startsWith(' '.repeat(indent))) break;
      lines.push(line.slice(indent));
    }
    const body = lines.join('\n');
    const last = this.at === this.lines.length ? 1 : 0; // the file's own end
    if (header.endsWith('+')) return last ? body : `${body}\n`;
    const trimmed = body.replace(/\n+$/, '');
    return header.endsWith('-') ? trimmed : `${trimmed}\n`;
  }
}

/** The key that a line begins with, and how long it is written; null where the line is no entry of a map. */
function keyOf(line: string): { readonly text: string; readonly length: number } | null {
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'[^']*')(?=:(?: |$))/.exec(line);
  if (quoted) return { text: textOf(quoted[0]), length: quoted[0].length };
  if (line.startsWith('"') || line.startsWith("'") || line.startsWith('|')) return null;
  const colon = line.search(/:(?: |$)/);
  return colon < 0 ? null : { text: line.slice(0, colon), length: colon };
}

function textOf(written: string): string {
  if (written.startsWith("'")) return written.slice(1, -1);
  return written.startsWith('"') ? String(JSON.parse(written)) : written;
}
