import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Connection } from '../../test/real/connection.ts';
import type { LiveObject } from '../../test/real/kube.ts';

/** The route at the moment when its new version arrived here. */
export interface Sighting {
  /** By `performance.now()`. */
  readonly at: number;
  readonly route: LiveObject;
}

/** A watch of one object over plain HTTPS: nothing of the runner's own client measures the runner. */
export class RouteWatch {
  readonly seen: Sighting[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.response = response;
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const at = performance.now();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.seen.push({ at, route: JSON.parse(line).object });
      for (const listener of this.listeners) listener();
    });
    response.on('error', () => {});
  }

  /** @param collection path of all routes of the namespace */
  static open({ server, ca, user }: Connection, collection: string, name: string): Promise<RouteWatch> {
    const query = new URLSearchParams({ watch: '1', fieldSelector: `metadata.name=${name}` });
    const login = 'token' in user ? { headers: { authorization: `Bearer ${user.token}` } } : { cert: user.certificate, key: user.key };
    return new Promise((resolve, reject) => {
      const asked = request(
        new URL(`${collection}?${query}`, server),
        { ...login, ...(ca === null ? {} : { ca }), agent: false },
        (answer) => {
          if (answer.statusCode === 200) resolve(new RouteWatch(answer));
          else reject(new Error(`watch ${collection}: ${answer.statusCode}`));
        },
      );
      asked.on('error', reject).end();
    });
  }

  /** The first sighting since `from` (an index into `seen`) of which `is` holds. */
  async next(what: string, from: number, is: (route: LiveObject) => boolean, seconds = 30): Promise<Sighting> {
    const found = () => this.seen.slice(from).find(({ route }) => is(route));
    return new Promise((resolve, reject) => {
      const look = () => {
        const sighting = found();
        if (sighting === undefined) return;
        end();
        resolve(sighting);
      };
      const late = setTimeout(() => {
        end();
        reject(new Error(`no ${what} within ${seconds} s`));
      }, seconds * 1_000);
      const end = () => {
        clearTimeout(late);
        this.listeners.delete(look);
      };
      this.listeners.add(look);
      look();
    });
  }

  /** Calls back with each version from now on. */
  each(told: (route: LiveObject) => void): void {
    let next = this.seen.length;
    this.listeners.add(() => {
      for (; next < this.seen.length; next++) told((this.seen[next] as Sighting).route);
    });
  }

  close(): void {
    this.response.destroy();
  }
}
