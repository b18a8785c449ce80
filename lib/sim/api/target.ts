/** What a request is about. */
export interface Target {
  /** All before the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Takes an address apart; most of a simulation's requests have no query, and `URL` would take longer than the answer. */
export function targetOf(address: string): Target {
  const end = address.indexOf('?');
  if (end < 0) return { path: address, query: {} };
  const query: Record<string, string> = {};
  for (const part of address.slice(end + 1).split('&')) {
    const equals = part.indexOf('=');
    query[part.slice(0, equals)] = decoded(part.slice(equals + 1));
  }
  return { path: address.slice(0, end), query };
}

const decoded = (text: string): string => (/[%+]/.test(text) ? decodeURIComponent(text.replaceAll('+', ' ')) : text);

/** The object at the address of a list with `fieldSelector=metadata.name=X`; undefined: it is the address of an object. */
export function selected({ path, query: { fieldSelector } }: Target): string | undefined {
  return fieldSelector === undefined ? undefined : `${path}/${fieldSelector.replace('metadata.name=', '')}`;
}
