import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeObject } from '../../lib/schema/index.ts';
import type { Kube } from '../real/kube.ts';

/** All that they need of a cluster. */
export type Applying = Pick<Kube, 'apply' | 'find' | 'remove'>;

/** What brings manifests into a cluster: the calls that a tool makes, in its order. */
export interface Applier {
  readonly name: 'flux' | 'argocd' | 'kubectl';
  /** Brings `next` in, in the order given, and removes what was in `previous` only. */
  sync(previous: readonly KubeObject[], next: readonly KubeObject[]): Promise<void>;
}

/** kustomize-controller: server-side apply of everything but what is made once, then prune, but for what says no on the live object. */
export function flux(kube: Applying): Applier {
  return {
    name: 'flux',
    async sync(previous, next) {
      for (const object of next) {
        const once = object.metadata.annotations?.['kustomize.toolkit.fluxcd.io/ssa'] === 'IfNotPresent';
        if (!once || (await kube.find(object)) === null) await kube.apply(object, { manager: 'kustomize-controller', force: true });
      }
      for (const object of dropped(previous, next)) {
        const live = await kube.find(object);
        if (live?.metadata.annotations?.['kustomize.toolkit.fluxcd.io/prune'] !== 'disabled') await kube.remove(object);
      }
    },
  };
}

/**
 * Argo CD within one wave: prune first, but what is `PruneLast` on the live object, then apply everything, then prune
 * the rest. Whether a prune waits is read from the cluster: Git no longer has the object.
 * @param gapSeconds time between the first prunes and the apply, which is the controller's own and can be seconds
 */
export function argocd(kube: Applying, gapSeconds = 3): Applier {
  return {
    name: 'argocd',
    async sync(previous, next) {
      const last: KubeObject[] = [];
      let pruned = false;
      for (const object of dropped(previous, next)) {
        const live = await kube.find(object);
        if (live === null) continue;
        const options = (live.metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '').split(',').map((option) => option.trim());
        if (options.includes('Prune=false')) continue;
        if (options.includes('PruneLast=true')) last.push(object);
        else {
          await kube.remove(object, 'Foreground');
          pruned = true;
        }
      }
      if (pruned) await pause(gapSeconds * 1000);
      for (const object of next) await kube.apply(object, { manager: 'argocd-controller', force: true });
      for (const object of last) await kube.remove(object, 'Foreground');
    },
  };
}

/** A person or pipeline: `kubectl apply -f`, then `kubectl delete` of what is gone. `kubectl` and KUBECONFIG come from the environment. */
export function kubectl(): Applier {
  return {
    name: 'kubectl',
    async sync(previous, next) {
      await run(['apply', '-f', '-'], next);
      const gone = dropped(previous, next);
      if (gone.length > 0) await run(['delete', '--ignore-not-found', '--wait=false', '-f', '-'], gone);
    },
  };
}

/** Objects of the first set that the second lacks. */
export function dropped(previous: readonly KubeObject[], next: readonly KubeObject[]): readonly KubeObject[] {
  const key = ({ apiVersion, kind, metadata }: KubeObject) =>
    [apiVersion.split('/').slice(0, -1), kind, metadata.namespace, metadata.name].join(' ');
  const kept = new Set(next.map(key));
  return previous.filter((object) => !kept.has(key(object)));
}

function run(args: readonly string[], items: readonly KubeObject[]): Promise<void> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const program = assets ? `${assets}/kubectl` : 'kubectl';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`kubectl ${args.join(' ')}: ${errors}`))));
    child.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  });
}

/**
 * A repository that an applier follows: `commit` brings a new state in; where there is an interval the present state
 * is applied again and again, as controllers do. Syncs never overlap.
 */
export class Reconciler {
  readonly #applier: Applier;
  readonly #timer: NodeJS.Timeout | undefined;
  #present: readonly KubeObject[] = [];
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** How many syncs have ended. */
  syncs = 0;

  constructor(applier: Applier, everySeconds?: number) {
    this.#applier = applier;
    if (everySeconds !== undefined) {
      this.#timer = setInterval(() => {
        // As a controller does, which is never late with more than one.
        if (this.#waiting > 0) return;
        // A failure is not lost: #last stays rejected, and the next commit or stop reports it.
        this.again().catch(() => undefined);
      }, everySeconds * 1000);
    }
  }

  /** Resolves once the new state was applied. */
  commit(objects: readonly KubeObject[]): Promise<void> {
    return this.#enqueue(objects);
  }

  /** Applies the present state once more, as controllers do when their interval is over. */
  again(): Promise<void> {
    return this.#enqueue(this.#present);
  }

  /** Ends the repetition; rejects where a sync failed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last;
  }

  #enqueue(objects: readonly KubeObject[]): Promise<void> {
    const previous = this.#present;
    this.#present = objects;
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      await this.#applier.sync(previous, objects);
      this.syncs++;
      this.#waiting--;
    });
    return this.#last;
  }
}

export type Order = 'forward' | 'reverse' | { readonly shuffled: number };

/** The objects in an order; a shuffle is the same for the same seed. */
export function ordered<T>(items: readonly T[], order: Order): T[] {
  if (order === 'forward') return [...items];
  if (order === 'reverse') return [...items].reverse();
  const next = random(order.shuffled);
  return items
    .map((item) => ({ item, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** mulberry32: small, seeded, good enough to shuffle. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
