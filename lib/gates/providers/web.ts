import type { ResolvedProvider } from '../../intent/resolved.ts';
import { type Body, inquire, jsonOf, parseJson, quote, type Reading } from './inquiry.ts';
import { type JsonPath, parseJsonPath, valueAt } from './json-path.ts';
import type { Provider } from './provider.ts';
import { Unreadable } from './unreadable.ts';

type WebQuestion = Extract<ResolvedProvider, { web: unknown }>['web'];

/**
 * A request whose answer is a JSON document: the value at `jsonPath`. Where the whole answer is asked for, it may also
 * be text; where a part of it is, text has no such part and is an error, lest a login page count as a wrong value.
 */
export const web: Provider<WebQuestion> = {
  name: 'web',
  ask: ({ url, method, headers, body, jsonPath, timeoutSeconds, ...access }, context) =>
    inquire(
      {
        provider: 'web',
        address: url,
        question: `${method} ${jsonPath}`,
        timeoutSeconds,
        access,
        ask: async (send) => {
          const path = pathOf(jsonPath);
          const accept = 'application/json, */*;q=0.5';
          return read(await send((address) => ({ method, url: address, headers: { accept, ...headers }, body })), path, jsonPath);
        },
      },
      context,
    ),
};

function read(body: Body, path: JsonPath, jsonPath: string): Reading {
  if (body.text.trim() === '') return { kind: 'empty' };
  // What calls itself JSON must be JSON: half a document is no text.
  if (path.length === 0 && !/[/+]json$/.test(body.type) && jsonOf(body.text) === undefined) return { kind: 'text', text: body.text };
  const value = valueAt(parseJson(body), path);
  if (value === undefined) throw new Unreadable(`the answer has nothing at ${jsonPath}: ${quote(body.text)}`);
  return { kind: 'json', value };
}

function pathOf(jsonPath: string): JsonPath {
  const path = parseJsonPath(jsonPath);
  if (path === null)
    throw new Unreadable(`jsonPath must name one place, such as {$.status} or {$.items[0]['name']}, not ${quote(jsonPath)}`);
  return path;
}
