// What stands between a runner that is broken on purpose and the world.
import type { HttpAnswer, HttpRequest } from '../../../lib/gates/providers/index.ts';
import { shortHash } from '../../../lib/plan/hash.ts';
import { type ApiAnswer, type ApiRequest, ownPart } from '../../../lib/runner/index.ts';
import type { Sabotage, Shape } from '../../../lib/sim/index.ts';
import { STABLE } from '../../../lib/sim/release/plans.ts';

export interface BrokenRunner {
  readonly does: string;
  /** The invariant that breaks; one of them is enough. */
  readonly breaks: readonly string[];
  /** Plans among which it shows soon. @default all */
  readonly shape?: Shape;
  readonly sabotage: () => Sabotage;
}

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, as the API server gives them
export type Kube = any;

export const OK: ApiAnswer = { status: 200, body: {}, retryAfterMilliseconds: null };

/** Changes what the runner sees of objects of a kind and name, however it reads them; undefined: there is none. */
export function seeing(concerns: RegExp, change: (object: Kube) => Kube): Sabotage {
  return (senses) => ({
    ...senses,
    connection: {
      ...senses.connection,
      exchange: async (request) => {
        const answer = await senses.connection.exchange(request);
        if (request.method !== 'GET' || !concerns.test(request.path)) return answer;
        if (request.path.includes('fieldSelector') && answer.status === 200) {
          const list = answer.body as Kube;
          const seen = change(list.items[0]);
          return { ...answer, body: { ...list, items: seen === undefined ? [] : [seen] } };
        }
        if (answer.status !== 200 && answer.status !== 404) return answer;
        const seen = change(answer.status === 200 ? answer.body : undefined);
        return seen === undefined ? answer : { ...OK, body: seen };
      },
      stream: (path, receive, signal) =>
        senses.connection.stream(
          path,
          (line) => {
            const { type, object } = line as Kube;
            if (!concerns.test(path) || type === 'BOOKMARK' || type === 'ERROR') return receive(line);
            const seen = change(type === 'DELETED' ? undefined : object);
            receive(seen === undefined ? line : { type: 'MODIFIED', object: seen });
          },
          signal,
        ),
    },
  });
}

/** Changes what reaches the API server; `send` sends, more than once or not at all. */
export const sending =
  (how: (request: ApiRequest, send: (request: ApiRequest) => Promise<ApiAnswer>) => Promise<ApiAnswer>): Sabotage =>
  (senses) => ({
    ...senses,
    connection: { ...senses.connection, exchange: (request) => how(request, (sent) => senses.connection.exchange(sent)) },
  });

/** Changes what the runner hears from providers; `ask` asks. */
export const hearing =
  (how: (request: HttpRequest, ask: () => Promise<HttpAnswer>) => Promise<HttpAnswer>): Sabotage =>
  (senses) => ({ ...senses, exchange: (request) => how(request, () => senses.exchange(request)) });

export const isRoute = ({ method, path }: ApiRequest) => method === 'PATCH' && /\/(httproutes|virtualservices|services)\//.test(path);
export const isStatus = ({ method, path }: ApiRequest) => method === 'PATCH' && path.includes('/configmaps/web-status?');
/** The weights that a patch gives the candidate: every second one, or all or nothing. */
export const weights = ({ body }: ApiRequest): number[] => {
  const written = (body as Kube[]).filter(({ op }) => op !== 'test');
  const selected = written.find(({ path }) => path.startsWith('/spec/selector/'));
  if (selected !== undefined) return [selected.value === STABLE ? 0 : 100];
  return written.filter(({ path }) => path.endsWith('/weight')).flatMap(({ value }, index) => (index % 2 === 1 ? [value] : []));
};
export const lowers = (request: ApiRequest) => isRoute(request) && weights(request).every((weight) => weight === 0);

/** The status with something else in it, and a digest that says that it was always so. */
export function withStatus(object: Kube, change: (status: Kube) => Kube): Kube {
  const { digest: _, ...status } = JSON.parse(object.data['status.json']);
  const changed = change(status);
  const text = JSON.stringify({ ...changed, digest: shortHash(JSON.stringify(changed)) });
  return withData(object, { ...object.data, 'status.json': text });
}
export const withData = (object: Kube, data: Kube) => ({ ...object, data });

/** Puts another module in the place of one part. */
export function using(part: string, module: object): Sabotage {
  return (senses) => ({ ...senses, part: async (name) => (name === part ? module : ownPart(name)) });
}
