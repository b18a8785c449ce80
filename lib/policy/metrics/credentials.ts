import { isFields } from '../shape.ts';
import { placeholdersIn } from './placeholders.ts';

/** A credential that is written out, and where. */
export interface Credential {
  /** What it is, never what it says: `the header Authorization`. */
  readonly what: string;
  readonly path: readonly string[];
}

/** Names that hold something that opens a door. */
const SECRET_NAME =
  /(?:^|[-_.])(?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|app[-_]?key|private[-_]?key|credentials?|authorization)$|(?:Password|Secret|Token|ApiKey|AccessKey|AppKey)$/i;
/** Names that only say where it is. */
const PLACE_NAME = /ref$|name$|url$|uri$|path$|file$|mount/i;

export const isSecretName = (name: string): boolean =>
  (SECRET_NAME.test(name) || /^(?:api|app)key$|^cookie$/i.test(name)) && !PLACE_NAME.test(name);

/** Every credential that is written out in part of an object: in fields, headers, variables and addresses. */
export function* credentialsIn(value: unknown, path: readonly string[] = [], within = ''): Iterable<Credential> {
  if (typeof value === 'string') {
    const what = inAddress(value);
    if (what) yield { what, path };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* credentialsIn(item, [...path, String(index)], within);
  } else if (isFields(value)) {
    const named = value.key ?? value.name;
    // A header or a variable: `{key: Authorization, value: ...}`.
    if (typeof named === 'string' && isSecretName(named) && isLiteral(value.value)) {
      yield { what: `${'key' in value ? 'the header' : 'the variable'} ${named}`, path: [...path, 'value'] };
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      const [first] = Array.isArray(item) ? item : [item];
      if (isSecretName(key) && isLiteral(first)) yield { what: within === 'headers' ? `the header ${key}` : key, path: [...path, key] };
      else yield* credentialsIn(item, [...path, key], key);
    }
  }
}

/** What comes from an argument is looked at where the argument gets its value. */
const isLiteral = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && placeholdersIn(value).length === 0 && !value.startsWith('$');

function inAddress(text: string): string | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { password, searchParams } = new URL(text);
  if (password !== '' && placeholdersIn(decodeURIComponent(password)).length === 0) return 'the password in the address';
  const named = [...searchParams].find(([key, value]) => isSecretName(key) && isLiteral(value));
  return named ? `the parameter ${named[0]} of the address` : null;
}
