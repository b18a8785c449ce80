import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../lib/schema/index.ts';
import { type Applier, dropped } from '../../traffic/appliers.ts';
import { condition, type LiveObject } from '../harness.ts';
import type { Kube } from '../kube.ts';

type Path = readonly string[];
type Fields = Readonly<Record<string, unknown>>;

interface Ignored {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
  readonly jqPathExpressions?: readonly string[];
  readonly jsonPointers?: readonly string[];
}

/** One object that a sync applies or prunes. */
interface Task {
  readonly wave: number;
  readonly target: KubeObject | null;
  readonly live: LiveObject | null;
}

const WAVE = 'argocd.argoproj.io/sync-wave';
const OPTIONS = 'argocd.argoproj.io/sync-options';
const POLL_MILLISECONDS = 200;

/**
 * Argo CD as an Application tells it: what is out of sync in spite of `ignoreDifferences`, wave by wave, prunes before
 * applies and `PruneLast` at the very end. Where more than one wave is left, what was applied has to be healthy before
 * the next one begins, however long that takes, and meanwhile no other sync begins; what is degraded ends the sync.
 * @param ended after which nothing is waited for
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 */
export function argocdOf(kube: Kube, application: KubeObject, ended: () => boolean = () => false): Applier {
  const { ignoreDifferences = [], syncPolicy } = application.spec as {
    readonly ignoreDifferences?: readonly Ignored[];
    readonly syncPolicy: { readonly syncOptions: readonly string[] };
  };
  const has = (option: string) => syncPolicy.syncOptions.includes(option);
  const ignoredIn = (object: KubeObject): readonly Path[] =>
    ignoreDifferences
      .filter((rule) => isFor(rule, object))
      .flatMap(({ jqPathExpressions = [], jsonPointers = [] }) => [
        ...jqPathExpressions.map((text) => text.replaceAll('[]?', '.[]').replaceAll('?', '').split('.').filter(Boolean)),
        ...jsonPointers.map((text) => text.split('/').slice(1)),
      ]);

  async function apply({ target, live }: Task): Promise<void> {
    if (target === null) return;
    const ignored = ignoredIn(target);
    if (live !== null && has('ApplyOutOfSyncOnly=true') && says(live, ignored.reduce(without, target))) return;
    const wanted =
      live !== null && has('RespectIgnoreDifferences=true') ? ignored.reduce((object, path) => taken(object, live, path), target) : target;
    await kube.apply(wanted, { manager: 'argocd-controller', force: true });
  }

  async function healthy(tasks: readonly Task[]): Promise<void> {
    while (!ended()) {
      const states = await Promise.all(tasks.map(async ({ target }) => (target === null ? 'healthy' : healthOf(await kube.find(target)))));
      if (states.includes('degraded')) throw new Degraded();
      if (states.every((state) => state === 'healthy')) return;
      await pause(POLL_MILLISECONDS);
    }
  }

  return {
    name: 'argocd',
    async sync(previous, next) {
      const applied = await Promise.all(
        next.map(async (target): Promise<Task> => ({ wave: waveOf(target), target, live: await kube.find(target) })),
      );
      const last = Math.max(0, ...applied.map(({ wave }) => wave)) + 1;
      const gone = await Promise.all(dropped(previous, next).map((object) => kube.find(object)));
      const pruned = gone.flatMap((live): Task[] => {
        const options = optionsOf(live);
        if (live === null || options.includes('Prune=false')) return [];
        return [{ wave: has('PruneLast=true') || options.includes('PruneLast=true') ? last : waveOf(live), target: null, live }];
      });
      const all = [...pruned, ...applied];
      const waves = [...new Set(all.map(({ wave }) => wave))].sort((a, b) => a - b);
      try {
        for (const wave of waves) {
          const tasks = all.filter((task) => task.wave === wave);
          for (const { target, live } of tasks) if (target === null && live !== null) await kube.remove(live, 'Foreground');
          for (const task of tasks) await apply(task);
          if (wave !== waves.at(-1)) await healthy(tasks);
        }
      } catch (error) {
        // It is tried again with the next commit, and what is left stays as it is until then.
        if (!(error instanceof Degraded)) throw error;
      }
    },
  };
}

class Degraded extends Error {}

const optionsOf = (object: KubeObject | null): readonly string[] =>
  (object?.metadata.annotations?.[OPTIONS] ?? '').split(',').map((option) => option.trim());

const waveOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[WAVE] ?? 0);

const isFor = ({ group, kind, name }: Ignored, object: KubeObject): boolean =>
  kind === object.kind &&
  group === object.apiVersion.split('/').slice(0, -1).join() &&
  (name ?? object.metadata.name) === object.metadata.name;

/** As Argo CD's own checks of health judge it; what they do not know is well. */
function healthOf(live: LiveObject | null): 'healthy' | 'progressing' | 'degraded' {
  if (live === null || live.metadata.deletionTimestamp) return 'progressing';
  const { status = {}, spec, metadata } = live;
  switch (live.kind) {
    case 'Deployment': {
      const { observedGeneration, updatedReplicas = 0, availableReplicas = 0 } = status as Record<string, number | undefined>;
      if (condition(live, 'Progressing') === 'False') return 'degraded';
      const replicas = spec.replicas as number;
      return observedGeneration === metadata.generation && updatedReplicas >= replicas && availableReplicas >= updatedReplicas
        ? 'healthy'
        : 'progressing';
    }
    case 'Job':
      if (condition(live, 'Failed') === 'True') return 'degraded';
      if (condition(live, 'Complete') === 'True') return 'healthy';
      // One that was suspended and runs has a condition that says no, and that is taken for its end.
      return condition(live, 'Suspended') === 'False' ? 'healthy' : 'progressing';
    default:
      return 'healthy';
  }
}

/** Whether everything that is wanted is there; what the server adds is no difference. */
function says(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => says(live[index], item));
  if (typeof wanted === 'object' && wanted !== null)
    return Object.entries(wanted).every(([key, value]) => says((live as Fields | undefined)?.[key], value));
  return isDeepStrictEqual(live, wanted);
}

/** The object without what lies there. */
function without<T>(object: T, [first = '', ...rest]: Path): T {
  if (first === '[]') return (Array.isArray(object) ? object.map((item) => without(item, rest)) : object) as T;
  if (typeof object !== 'object' || object === null || !(first in object)) return object;
  const { [first]: value, ...others } = object as Fields;
  return (rest.length === 0 ? others : { ...object, [first]: without(value, rest) }) as T;
}

/** The object with what the cluster has there. Of a list that is all of it: without merge keys a list is one value. */
function taken<T>(object: T, live: unknown, [first = '', ...rest]: Path): T {
  const value = (live as Fields | undefined)?.[first];
  if (value === undefined) return object;
  return { ...object, [first]: rest.length === 0 || rest[0] === '[]' ? value : taken((object as Fields)[first], value, rest) } as T;
}
