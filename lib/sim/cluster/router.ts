import type { KubeObject } from '../api/object.ts';
import { type ApiServer, type Change, respecified } from '../api/server.ts';
import { NOTHING, type Shares, sharesOf } from '../release/routes.ts';
import type { VirtualTime } from '../virtual-time.ts';

/** Milliseconds from a change of the route to what follows from it. */
export interface RouterLag {
  /** To the status that says so; routers that report nothing have none. */
  readonly accepted: () => number;
  /** To the requests that follow it, which may be later. */
  readonly served: () => number;
}

/** The router: it takes a route over, says so, and its proxies serve it, in an order of their own. */
export class Router {
  /** What the proxies do with the requests of users now. */
  served: Shares = NOTHING;
  /** Called when the proxies begin to serve something else. */
  changed: () => void = () => {};
  private readonly server: ApiServer;
  private readonly time: VirtualTime;
  private readonly lag: RouterLag;
  private readonly candidate: () => string;
  private servedRoute: KubeObject | undefined;
  /** Takes routes over, and does not say so. */
  mute = false;
  private order = 0;
  private servedOrder = 0;

  /** @param candidate name of the Service whose share is of interest */
  constructor(server: ApiServer, time: VirtualTime, lag: RouterLag, candidate: () => string) {
    this.server = server;
    this.time = time;
    this.lag = lag;
    this.candidate = candidate;
  }

  /** Looks again at what is served: another candidate may be of interest by now. */
  look(): void {
    this.served = sharesOf(this.servedRoute, this.candidate());
  }

  react(change: Change): void {
    const { path, type, object } = change;
    if (object.kind !== 'HTTPRoute' && object.kind !== 'VirtualService' && object.kind !== 'Service') return;
    if (type === 'MODIFIED' && !respecified(change)) return;
    const order = ++this.order;
    const route = type === 'DELETED' ? undefined : object;
    this.time.after(this.lag.served(), () => {
      if (order < this.servedOrder) return;
      this.servedOrder = order;
      this.servedRoute = route;
      this.look();
      this.changed();
    });
    if (route === undefined || object.kind !== 'HTTPRoute') return;
    const { generation } = object.metadata;
    const say = () => {
      if (this.mute) {
        this.time.after(5_000, say);
        return;
      }
      if (this.server.find(path)?.metadata.generation === generation) this.server.report(path, accepted(object), 'gateway-controller');
    };
    this.time.after(this.lag.accepted(), say);
  }
}

const accepted = ({ spec, metadata }: KubeObject) => ({
  parents: spec.parentRefs.map((parentRef: object) => ({
    parentRef,
    controllerName: 'example.com/gateway',
    conditions: ['Accepted', 'ResolvedRefs'].map((type) => ({ type, status: 'True', observedGeneration: metadata.generation })),
  })),
});
