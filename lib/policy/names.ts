/** What a pattern such as `Deployment/shop/web-*` means; `Kind/name` for an object without a namespace. Null where it is no pattern. */
export function objectPattern(written: string): ObjectPattern | null {
  const parts = written.split('/');
  if (parts.length === 2) parts.splice(1, 0, '');
  const [kind, namespace, name] = parts.map(globPattern);
  if (parts.length !== 3 || !kind || !namespace || !name || parts[0] === '' || parts[2] === '') return null;
  return (object) => kind.test(object.kind) && namespace.test(object.namespace ?? '') && name.test(object.name);
}

export type ObjectPattern = (object: { readonly kind: string; readonly namespace: string | null; readonly name: string }) => boolean;

/** Whether one word of a name, between `-` and `.`, is one of those given. */
export function wordPattern(words: readonly string[]): (name: string) => boolean {
  const patterns = words.map((word) => new RegExp(`(?:^|[-.])${source(word)}(?:[-.]|$)`));
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/** The whole of a name, in which a star stands for any characters. */
export const globPattern = (written: string): RegExp => new RegExp(`^${source(written)}$`);

/** A star stands for any characters but those that part names. */
const source = (written: string): string => written.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '[^/]*');
