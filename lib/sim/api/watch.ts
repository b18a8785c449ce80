import type { ApiAnswer } from '../../runner/index.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { type ApiServer, answer, type Change, refusal } from './server.ts';
import { selected, type Target } from './target.ts';

/** How one watch ends before its time, or fails to say something. */
export type WatchFault =
  | 'none'
  /** The version is too old: said by the status, or by a line after the answer has begun. */
  | 'expired'
  | 'expired by line'
  /** The connection breaks after a while. */
  | 'breaks'
  /** The connection stays and is dead: no line comes through any more, until the client loses its patience. */
  | 'stalls'
  /** Lines come late, one by one. */
  | 'lags'
  | 'refused';

export interface WatchOptions {
  readonly fault: WatchFault;
  /** Milliseconds from the beginning to the fault, or by which lines are late. */
  readonly after: number;
  /** Milliseconds of travel for a line. */
  readonly latency: () => number;
}

/** What receives a watch; nothing is called after `ended` or `broke`. */
export interface Watcher {
  line(line: unknown): void;
  ended(answer: ApiAnswer | null): void;
  broke(error: Error): void;
  /** Whether anybody still listens. */
  listens(): boolean;
}

const BOOKMARK_MILLISECONDS = 60_000;
/** After which a connection whose other end is gone is seen to be broken: the kernel asks for it now and then. */
const DEAD_MILLISECONDS = 90_000;

/** All watches that are open; the API server's changes reach them here. */
export class Watches {
  private readonly server: ApiServer;
  private readonly time: VirtualTime;
  private readonly open = new Map<string, Set<OpenWatch>>();

  constructor(server: ApiServer, time: VirtualTime) {
    this.server = server;
    this.time = time;
  }

  deliver(change: Change): void {
    for (const watch of this.open.get(change.path) ?? []) watch.send(lineOf(change));
  }

  /** What stalls is seen to be dead now: nothing comes through it any more that anybody could wait for. */
  breakStalled(): void {
    for (const watches of this.open.values())
      for (const watch of watches)
        if (watch.stalls) {
          watches.delete(watch);
          watch.break();
        }
  }

  /** Begins a watch from `resourceVersion`, as an API server does when the request arrives. */
  begin(target: Target, options: WatchOptions, watcher: Watcher): void {
    const path = selected(target) ?? target.path;
    const { resourceVersion = 0, allowWatchBookmarks, timeoutSeconds = 1_800 } = target.query;
    const from = Number(resourceVersion);
    const expired = options.fault === 'expired' || (from < this.server.compacted && from > 0);
    if (options.fault === 'refused') {
      watcher.ended(answer(503, { message: 'the API server is starting' }));
      return;
    }
    if (expired && options.fault !== 'expired by line') {
      watcher.ended(refusal(410, 'Expired', 'too old resource version'));
      return;
    }
    const watch = new OpenWatch(this.time, options, watcher);
    if (expired || options.fault === 'expired by line') {
      watch.send({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
      watch.end();
      return;
    }
    const watches = this.open.get(path) ?? new Set();
    this.open.set(path, watches.add(watch));
    const close = () => watches.delete(watch);
    if (from === 0) {
      const object = this.server.find(path);
      if (object !== undefined) watch.send({ type: 'ADDED', object });
    } else for (const change of this.server.history) if (change.path === path && change.version > from) watch.send(lineOf(change));
    const bookmark = () => {
      if (!watches.has(watch)) return;
      if (!watcher.listens()) {
        close();
        return;
      }
      watch.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.server.version) } } });
      this.time.after(BOOKMARK_MILLISECONDS, bookmark);
    };
    if (allowWatchBookmarks === 'true') this.time.after(BOOKMARK_MILLISECONDS, bookmark);
    this.time.after(Number(timeoutSeconds) * 1_000, () => {
      if (options.fault !== 'stalls' && close()) watch.end();
    });
    if (options.fault === 'breaks' || options.fault === 'stalls')
      this.time.after(options.after + (options.fault === 'stalls' ? DEAD_MILLISECONDS : 0), () => {
        if (close()) watch.break();
      });
  }
}

class OpenWatch {
  private readonly time: VirtualTime;
  private readonly options: WatchOptions;
  private readonly watcher: Watcher;
  private readonly begunAt: number;
  /** Lines keep their order, however long each travels. */
  private lastArrival = 0;

  constructor(time: VirtualTime, options: WatchOptions, watcher: Watcher) {
    this.time = time;
    this.options = options;
    this.watcher = watcher;
    this.begunAt = time.now;
  }

  get stalls(): boolean {
    return this.options.fault === 'stalls';
  }

  send(line: unknown): void {
    const { fault, after } = this.options;
    if (fault === 'stalls' && this.time.now >= this.begunAt + after) return;
    this.arrive(fault === 'lags' ? after : 0, () => this.watcher.line(line));
  }

  end(): void {
    this.arrive(0, () => this.watcher.ended(null));
  }

  break(): void {
    this.arrive(0, () => this.watcher.broke(new Error('socket hang up')));
  }

  private arrive(late: number, what: () => void): void {
    const { time } = this;
    this.lastArrival = Math.max(this.lastArrival, time.now + late + this.options.latency());
    time.after(this.lastArrival - time.now, what);
  }
}

const lineOf = ({ type, object }: Change): unknown => ({ type, object });
