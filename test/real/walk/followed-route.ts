import type { Plan } from '../../../lib/plan/plan.ts';
import { connect } from '../../../lib/runner/connection.ts';
import { watchObject } from '../../../lib/runner/watch.ts';
import type { Connection } from '../connection.ts';
import type { Finally, LiveObject } from '../harness.ts';
import type { Kube } from '../kube.ts';

interface Following {
  readonly connection: Connection;
  readonly namespace: string;
  readonly route: Plan['route'];
  /** Called with each version of it. */
  readonly told: (live: LiveObject) => void;
  readonly atEnd: Finally;
}

/** Follows a route until the test is over, also while it is gone. */
export function followRoute({ connection, namespace, route, told, atEnd }: Following): void {
  const ending = new AbortController();
  const { server, ca, user } = connection;
  const open = connect({
    server,
    tls: ca === null ? {} : { ca },
    credentials: {
      current: () => ('token' in user ? { authorization: `Bearer ${user.token}` } : { cert: user.certificate, key: user.key }),
      renew: () => undefined,
    },
  });
  atEnd(() => {
    ending.abort();
    open.close();
  });
  void watchObject({
    connection: open,
    namespace,
    resource: { apiVersion: route.apiVersion, resource: route.resource, name: route.name },
    clock: { now: () => Date.now(), sleep: (milliseconds) => new Promise((slept) => setTimeout(slept, milliseconds)) },
    random: Math.random,
    changed: (object: unknown) => {
      if (object !== null) told(object as LiveObject);
    },
    trouble: () => undefined,
    signal: ending.signal,
  });
}

/** Accepts a route of the Gateway API as a gateway would. */
export async function accept(kube: Kube, { apiVersion, kind, metadata, spec }: LiveObject): Promise<void> {
  const condition = {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: '',
    observedGeneration: metadata.generation,
    lastTransitionTime: new Date().toISOString(),
  };
  const parents = (spec.parentRefs as readonly object[]).map((parentRef) => ({
    parentRef,
    controllerName: 'example.com/gateway',
    conditions: [condition],
  }));
  await kube.mergePatch({ apiVersion, kind, metadata }, { status: { parents } }, '/status');
}
