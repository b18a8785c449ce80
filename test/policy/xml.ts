export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

const TOKEN = /<\?xml [^?]*\?>|<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 cannot hold
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|&(?!(?:amp|lt|gt|quot|apos|#\d+);)/;

/** Every element of a small XML text, parents before children. @throws where it is not well-formed */
export function elements(text: string): readonly XmlElement[] {
  if (FORBIDDEN.test(text)) throw new Error('a character that XML cannot hold, or an & that begins nothing');
  const all: XmlElement[] = [];
  const open: { readonly name: string; readonly children: XmlElement[] }[] = [{ name: '', children: [] }];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
    const begin = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (!token) throw new Error(`no XML: ${text.slice(begin, begin + 60)}`);
    const [, closing, name, attributes = '', single, words] = token;
    if (words !== undefined && open.length === 1 && words.trim() !== '') throw new Error(`text outside of the root: ${words}`);
    if (name === undefined) continue;
    if (closing) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const children: XmlElement[] = [];
    const element = { name, attributes: read(attributes), children };
    all.push(element);
    open.at(-1)?.children.push(element);
    if (!single) open.push({ name, children });
  }
  if (open.length !== 1 || open[0]?.children.length !== 1) throw new Error('not one root that is closed');
  return all;
}

const read = (written: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...written.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decoded(value)]));

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const decoded = (text: string): string =>
  text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => (code ? String.fromCodePoint(Number(code)) : (NAMED[name] ?? '')));
