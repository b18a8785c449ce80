import { setMaxListeners } from 'node:events';
import type { ApiError, Connection, Resource } from './api.ts';
import type { Clock } from './clock.ts';
import { watchObject } from './watch.ts';

export interface FollowersOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** @param late whether it may have been so for long: no watch told of it when it came */
  readonly told: (key: string, object: unknown, late: boolean) => void;
}

/** One watch for each object that matters now. */
export class Followers {
  readonly #options: FollowersOptions;
  readonly #endings = new Map<string, AbortController>();
  readonly #troubles = new Map<string, ApiError>();

  constructor(options: FollowersOptions) {
    this.#options = options;
    // One listener for each object that is followed, and there may be more of them than Node finds usual.
    setMaxListeners(0, options.signal);
  }

  /** Why some object is not followed at the moment, or null: what is known of it may be old. */
  get trouble(): ApiError | null {
    const all = [...this.#troubles.values()];
    return all.find(({ trouble }) => trouble !== 'unreachable') ?? all[0] ?? null;
  }

  /** Follows these, and no others any more. */
  follow(resources: ReadonlyMap<string, Resource>): void {
    for (const [key, ending] of this.#endings)
      if (!resources.has(key)) {
        ending.abort();
        this.#endings.delete(key);
        this.#troubles.delete(key);
      }
    for (const [key, resource] of resources) if (!this.#endings.has(key)) this.begin(key, resource);
  }

  private begin(key: string, resource: Resource): void {
    const { signal, told, ...options } = this.#options;
    const ending = new AbortController();
    const end = () => ending.abort();
    this.#endings.set(key, ending);
    signal.addEventListener('abort', end, { once: true });
    void watchObject({
      ...options,
      resource,
      signal: ending.signal,
      changed: (object, late = false) => {
        this.#troubles.delete(key);
        told(key, object, late);
      },
      trouble: (error) => {
        if (this.#endings.get(key) === ending) this.#troubles.set(key, error);
      },
    }).finally(() => signal.removeEventListener('abort', end));
  }
}
