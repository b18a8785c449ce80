import fc from 'fast-check';
import type { Compiled } from '../../lib/constructs/compile.ts';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import type { Canary, Strategy } from '../../lib/intent/strategy.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { provenRevisions } from '../../lib/lock/proven.ts';
import { aborted, promoted, retired } from '../../lib/lock/settle.ts';
import { compile } from './compiling.ts';
import { RICH, RICH_BY_LOAD, withImage, without } from './rich.ts';

const GATES = (RICH.strategy as Canary).gates ?? [];
const analysis = { analysis: { gates: GATES } };

const STRATEGIES = {
  headers: { kind: 'canary', headers: { 'x-canary': 'always' }, weights: [5, 50, 100], gates: GATES },
  'headers and a mirror': {
    kind: 'canary',
    steps: [
      { approval: { name: 'start' } },
      { headerRoute: { name: 'testers', headers: { 'x-canary': 'always', 'x-team': 'test' } } },
      analysis,
      { headerRoute: { name: 'insiders', headers: { 'x-canary': 'always' } } },
      analysis,
      { mirror: { name: 'shadow', percent: 10 } },
      analysis,
      { weight: 5 },
      analysis,
      { approval: {} },
      { weight: 100 },
    ],
  },
  'blue-green': { kind: 'blueGreen', preview: { gates: GATES }, after: { gates: GATES } },
} as const satisfies Readonly<Record<string, Strategy>>;

/** What a team may do to a release, one commit each. */
export type Deed =
  | { readonly do: 'image'; readonly digit: string }
  | { readonly do: 'replicas'; readonly replicas: number }
  | { readonly do: 'autoscale'; readonly min: number }
  | { readonly do: 'weights'; readonly first: number }
  | { readonly do: 'strategy'; readonly strategy: keyof typeof STRATEGIES }
  | { readonly do: 'network'; readonly from: string }
  | { readonly do: 'ready'; readonly minutes: number }
  | { readonly do: 'risk'; readonly risk: 'normal' | 'high' }
  | { readonly do: 'again' }
  | { readonly do: 'refresh' }
  /** A proven revision is brought back, whatever the intent says; of those that are held, one after the other. */
  | { readonly do: 'rollback'; readonly which: number }
  /** What was given up is released again. */
  | { readonly do: 'retry' }
  | { readonly do: 'record'; readonly outcome: 'promoted' | 'aborted' }
  /** What retires loses its pods; so many of those that were proven stay cold. */
  | { readonly do: 'retire'; readonly keep: number };

export const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('image' as const), digit: fc.constantFrom('1', '2', '3') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('replicas' as const), replicas: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('autoscale' as const), min: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('weights' as const), first: fc.constantFrom(1, 3, 5) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('strategy' as const),
        strategy: fc.constantFrom('headers' as const, 'headers and a mirror' as const, 'blue-green' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('network' as const), from: fc.constantFrom('shop', 'ingress') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('ready' as const), minutes: fc.constantFrom(3, 5, 8) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('risk' as const), risk: fc.constantFrom('normal' as const, 'high' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('rollback' as const), which: fc.integer({ min: 0, max: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('record' as const),
        outcome: fc.constantFrom('promoted' as const, 'promoted' as const, 'aborted' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('retire' as const), keep: fc.integer({ min: 0, max: 2 }) }) },
  ),
  { minLength: 1, maxLength: 14 },
);

/** One commit of a release repository. */
export interface Commit {
  readonly deed: Deed | null;
  readonly intent: ReleaseIntent;
  readonly compiled: Compiled;
  readonly before: Compiled | null;
}

/** Every commit of a history that begins with the first entry of a release. */
export function historyOf(release: string, first: ReleaseIntent, history: readonly Deed[]): readonly Commit[] {
  let intent = withImage(first, '1');
  let compiled = compile(intent, null, { release });
  const commits: Commit[] = [{ deed: null, intent, compiled, before: null }];
  for (const deed of history) {
    const before = compiled;
    intent = written(intent, deed);
    const rollback = rollbackOf(before.lock, deed);
    compiled = compile(intent, recorded(before.lock, deed), {
      release,
      refresh: deed.do === 'refresh',
      retry: deed.do === 'retry',
      rollback,
    });
    commits.push({ deed, intent, compiled, before });
  }
  return commits;
}

export const FIRST: readonly ReleaseIntent[] = [RICH, RICH_BY_LOAD];

function written(intent: ReleaseIntent, deed: Deed): ReleaseIntent {
  switch (deed.do) {
    case 'image':
      return withImage(intent, deed.digit);
    case 'replicas':
      return { ...without(intent, 'autoscale'), replicas: deed.replicas };
    case 'autoscale':
      return { ...without(intent, 'replicas'), autoscale: { min: deed.min, max: 20, cpu: 70 } };
    case 'weights':
      return { ...intent, strategy: { kind: 'canary', gates: GATES, weights: [deed.first, 50, 100] } };
    case 'strategy':
      return { ...intent, strategy: STRATEGIES[deed.strategy] };
    case 'network':
      return { ...intent, network: { from: [deed.from] } };
    case 'ready':
      return { ...intent, deadlines: { ...intent.deadlines, ready: `${deed.minutes}m` } };
    case 'risk':
      return { ...intent, risk: deed.risk };
    case 'again':
    case 'refresh':
    case 'rollback':
    case 'retry':
    case 'record':
    case 'retire':
      return intent;
  }
}

/** At rest alone: what is in flight is aborted first. */
function rollbackOf(lock: Lock, deed: Deed): string | null {
  if (deed.do !== 'rollback' || lock.inFlight !== null) return null;
  return provenRevisions(lock)[deed.which]?.name ?? null;
}

function recorded(lock: Lock, deed: Deed): Lock {
  if (deed.do === 'retire') return retired(lock, new Set(lock.retiring.map(({ revision }) => revision.name)), deed.keep);
  if (deed.do === 'record') return deed.outcome === 'promoted' ? promoted(lock) : aborted(lock);
  return lock;
}
