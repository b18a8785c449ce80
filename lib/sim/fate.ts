import type { JobFate } from './cluster/jobs.ts';
import type { FlagFate } from './flags.ts';
import { METRIC_FAULTS, type MetricFault } from './metrics.ts';
import { Random } from './random.ts';
import { type Draft, drawPlan, type Shape, withQueue } from './release/plans.ts';
import { drawAtRest, drawBehind, drawOthers, type OtherFate } from './release/queue.ts';

/** Everything that will happen to a release, as data: drawn from a seed before it begins. */
export interface Fate {
  readonly seed: number;
  readonly draft: Draft;
  readonly stableReplicas: number;
  readonly candidate: {
    readonly startSeconds: number | null;
    /** What its users see of it, from the beginning and by what it gets. */
    readonly quality: 'good' | 'bad' | 'bad above';
    /** Share of users in percent above which it is bad, where it is `bad above`. */
    readonly badAbove: number;
    /** Share of its answers that look bad by chance. */
    readonly noise: number;
  };
  readonly jobs: JobFate;
  readonly flag: FlagFate;
  readonly routerLag: { readonly accepted: number; readonly served: number };
  readonly people: People;
  /** Share of requests that something goes wrong with, until everything has happened. */
  readonly faultRate: number;
  readonly watchFaultRate: number;
  readonly runners: 1 | 2;
  /** Milliseconds by which each process's clock may be wrong from its start. */
  readonly skew: number;
  readonly happenings: readonly Happening[];
  /** Releases that come first, or later; most plans wait for none. */
  readonly others: readonly OtherFate[];
  /** Seconds after which nothing happens any more by itself. */
  readonly quietAfter: number;
}

export interface People {
  /** What is done about an approval that is asked for. */
  readonly approval: 'given' | 'never' | 'late';
  readonly afterSeconds: number;
  /** What else is said, and must not count. */
  readonly void: readonly ('same person' | 'other plan' | 'cluster' | 'other name' | 'taken back' | 'unreadable' | 'early')[];
  /** An approval is taken back so many seconds after it was given. */
  readonly revokedAfterSeconds: number | null;
  /** What is done about a release that is held or aborted, once. */
  readonly onHeld: 'nothing' | 'resume' | 'abort' | 'retry';
  readonly onAborted: 'nothing' | 'retry';
  /** Somebody writes into the status that an approval was given and taken, where approvals are signed. */
  readonly claims: boolean;
  /** And claims what was signed long before there was such a plan. */
  readonly claimsOld: boolean;
  /** Somebody puts there again what was signed for an earlier attempt, under other keys and with other line ends. */
  readonly replays: boolean;
}

export type Happening = Fact & { readonly at: number };

export type Fact =
  | { readonly what: 'kill' | 'gitops resets' | 'gitops applies' | 'compaction' | 'status edited' | 'status deleted' | 'job deleted' }
  | { readonly what: 'person moves'; readonly to: 'nothing' | 'half' | 'more' | 'all' }
  | { readonly what: 'route edited' | 'route deleted' | 'candidate deleted' }
  | { readonly what: 'candidate crashes' | 'metrics fail' | 'api fails' | 'pause'; readonly seconds: number }
  | { readonly what: 'node lost'; readonly role: 'stable' | 'candidate'; readonly seconds: number }
  | { readonly what: 'metric fault'; readonly fault: MetricFault; readonly seconds: number }
  | { readonly what: 'clock jumps'; readonly seconds: number }
  | { readonly what: 'abort' | 'retry' | 'approvals revoked' | 'candidate worsens' | 'stable grows' }
  | { readonly what: 'plan superseded'; readonly prune: 'before' | 'after' | 'never'; readonly candidate: 'same' | 'other' }
  | { readonly what: 'gitops follows'; readonly writes: number; readonly milliseconds: number }
  | { readonly what: 'plan landed again' | 'plan dropped' | 'weight left out' }
  | { readonly what: 'route refused' | 'router mute'; readonly seconds: number }
  | { readonly what: 'gitops every'; readonly seconds: number; readonly times: number }
  | { readonly what: 'flag by others'; readonly how: 'off' | 'on' | 'other off' }
  | { readonly what: 'remedy forbidden'; readonly remedy: 'scaleUp' | 'flagOff' | 'webhook' | 'shed' }
  /** Another one is put in its place, until Git brings it back. */
  | { readonly what: 'plan replaced'; readonly seconds: number };

/**
 * The same fate with nothing but what befalls the runner, and not the release. Whether a word is seen that is soon taken
 * back is chance, and so is in which attempt a late one comes.
 */
export const runnersOnly = (fate: Fate): Fate => ({
  ...fate,
  skew: 0,
  candidate: { ...fate.candidate, noise: 0 },
  // Which gate is measured before the flag is off is chance.
  flag: { ...fate.flag, cures: false, edited: null },
  people: {
    ...fate.people,
    approval: fate.people.approval === 'late' && fate.people.onHeld === 'retry' ? 'never' : fate.people.approval,
    revokedAfterSeconds: null,
    claims: false,
    replays: false,
    void: fate.people.void.filter((word) => word !== 'taken back'),
  },
  happenings: fate.happenings.filter(({ what }) => what === 'kill' || what === 'compaction'),
  // Who passes just before another one comes first again is chance.
  others: fate.others.map((other) => ({ ...other, life: other.life.slice(-1) })),
});

/** The same fate, and nothing befalls the runner: a release must end as it does here, however often its runners die. */
export const undisturbed = (fate: Fate): Fate => ({ ...runnersOnly(fate), faultRate: 0, watchFaultRate: 0, runners: 1, happenings: [] });

export interface FateOptions {
  /** Only this shape of plan. */
  readonly shape?: Shape;
  /** Nothing goes wrong at all; the candidate is good. */
  readonly calm?: boolean;
}

export function drawFate(seed: number, options: FateOptions = {}): Fate {
  const fate = troubledRoute(meddledWith(tamperedWith(drawAlone(seed, options), options), options), options);
  // Of its own, so that all else of a seed is as it is without others.
  const ahead = options.calm ? [] : drawOthers(new Random(seed ^ 0x0_7e5));
  const others = options.calm ? [] : [...ahead, ...drawBehind(new Random(seed ^ 0xbe_41d)), ...drawAtRest(new Random(seed ^ 0xa7_4e))];
  if (others.length === 0) return fate;
  const ends = others.map(({ life }) => life.at(-1)?.at ?? 0);
  return { ...fate, others, draft: withQueue(fate.draft, others), quietAfter: fate.quietAfter + Math.max(...ends) };
}

/** Drawn by itself, so that all else of a seed is as it is without. */
function tamperedWith(fate: Fate, { calm = false }: FateOptions): Fate {
  const random = new Random(fate.seed ^ 0x7a_3b);
  if (calm) return fate;
  const at = random.between(0, expectedSeconds(fate.draft) * 1.1);
  const seconds = random.pick([1, 20, 60, 200]);
  const replaced: readonly Happening[] = random.chance(0.05) ? [{ at, what: 'plan replaced', seconds }] : [];
  const people = { ...fate.people, claims: random.chance(0.3), claimsOld: random.chance(0.5), replays: random.chance(0.5) };
  return { ...fate, happenings: [...fate.happenings, ...replaced], people };
}

/** What happens to the route alone; drawn by itself as well, and seldom, since such releases take long. */
function troubledRoute(fate: Fate, { calm = false }: FateOptions): Fate {
  const random = new Random(fate.seed ^ 0x3_0ad);
  if (calm || !random.chance(0.06)) return fate;
  const at = random.between(0, expectedSeconds(fate.draft) * 1.1);
  const seconds = random.pick([20, 60, 150, 400]);
  const [every, times] = [random.pick([20, 33, 40, 60]), random.whole(3, 25)];
  const [trouble, lasting] = random.pick<[Fact, number]>([
    [{ what: 'route refused', seconds }, seconds],
    [{ what: 'router mute', seconds }, seconds],
    [{ what: 'gitops every', seconds: every, times }, every * times],
    [{ what: 'weight left out' }, 0],
  ]);
  return {
    ...fate,
    happenings: [...fate.happenings, { at, ...trouble }],
    quietAfter: Math.max(fate.quietAfter, at + lasting + 30),
  };
}

/** People who write into overrides; drawn by itself as well. */
function meddledWith(fate: Fate, { calm = false }: FateOptions): Fate {
  const random = new Random(fate.seed ^ 0x0ff_0e);
  if (calm || !fate.draft.plan.remedies?.flagOff) return fate;
  const at = random.between(0, expectedSeconds(fate.draft) * 1.1);
  const other: readonly Happening[] = random.chance(0.1) ? [{ at, what: 'flag by others', how: 'other off' }] : [];
  const edited = random.chance(0.15) ? random.pick([0, 20, 2_000, 60_000]) : null;
  return { ...fate, happenings: [...fate.happenings, ...other], flag: { ...fate.flag, edited } };
}

function drawAlone(seed: number, { shape, calm = false }: FateOptions): Fate {
  const random = new Random(seed);
  // A stream of its own: what came before there were remedies is drawn as it was.
  const flags = new Random(seed ^ 0xf1a6);
  const draft = drawPlan({ random: random.fork(), candidate: 'web-cccccccc', attempt: 1, ...(shape === undefined ? {} : { shape }) });
  const expected = expectedSeconds(draft);
  const life: Omit<Fate, 'happenings' | 'faultRate' | 'watchFaultRate' | 'runners' | 'skew'> = {
    seed,
    draft,
    stableReplicas: random.whole(1, 5),
    candidate: {
      startSeconds: !calm && random.chance(0.03) ? null : random.between(0, 30),
      quality: calm ? 'good' : random.pick(['good', 'good', 'good', 'good', 'good', 'bad', 'bad above']),
      badAbove: random.pick([5, 20, 50]),
      noise: !calm && random.chance(0.3) ? random.between(0, 0.2) : 0,
    },
    jobs: { ends: calm || random.chance(0.92) ? 'Complete' : random.pick(['Failed', 'never']), afterSeconds: random.between(0, 40) },
    routerLag: { accepted: random.between(50, 1_500), served: random.between(50, 25_000) },
    flag: drawFlag(flags),
    people: drawPeople(random, calm),
    others: [],
    quietAfter: expected * 1.15 + 30,
  };
  if (calm) return { ...life, faultRate: 0, watchFaultRate: 0, runners: 1, skew: 0, happenings: [] };
  const forbidden: Fact = { what: 'remedy forbidden', remedy: flags.pick(['flagOff', 'webhook', 'scaleUp']) };
  const happenings: Happening[] = [
    ...drawHappenings(random, expected),
    ...(flags.chance(0.15) ? [{ at: flags.between(0, expected), ...forbidden }] : []),
    ...(draft.plan.remedies?.flagOff ? drawFlagMoves(flags, expected) : []),
    ...(draft.plan.remedies?.shed && flags.chance(0.2) ? [{ at: flags.between(0, expected), ...FORBIDDEN }] : []),
  ];
  const outages = happenings.map((happening) => (happening.what === 'api fails' ? happening.at + happening.seconds + 30 : 0));
  return {
    ...life,
    quietAfter: Math.max(life.quietAfter, ...outages),
    faultRate: random.chance(0.5) ? random.between(0, 0.2) : 0,
    watchFaultRate: random.chance(0.5) ? random.between(0, 0.4) : 0,
    runners: random.chance(0.2) ? 2 : 1,
    skew: random.chance(0.1) ? random.between(-5_000, 5_000) : 0,
    happenings,
  };
}

const FORBIDDEN: Fact = { what: 'remedy forbidden', remedy: 'shed' };

/** Whatever makes the status, the cluster and what is measured disagree about a flag. */
function drawFlagMoves(random: Random, expected: number): readonly Happening[] {
  const moves: readonly [Fact, ...Fact[]] = [
    { what: 'status deleted' },
    { what: 'flag by others', how: 'off' },
    { what: 'flag by others', how: 'on' },
    { what: 'plan landed again' },
    { what: 'retry' },
  ];
  return random.chance(0.4) ? [{ at: random.between(0, expected * 1.2), ...random.pick(moves) }] : [];
}

function drawFlag(random: Random): FlagFate {
  return {
    service: random.pick(['works', 'works', 'works', 'works at last', 'lies', 'hangs', 'fails', 'redirects']),
    cures: random.chance(0.7),
    lag: random.pick([0.02, 0.02, 0.5, 0.9]),
    garbage: 2_000,
    edited: null,
  };
}

function drawPeople(random: Random, calm: boolean): People {
  const voids = ['same person', 'other plan', 'cluster', 'other name', 'taken back', 'unreadable', 'early'] as const;
  return {
    approval: calm || random.chance(0.8) ? 'given' : random.pick(['never', 'late']),
    afterSeconds: random.between(2, 60),
    void: calm ? [] : random.some(0.5, 3, () => random.pick(voids)),
    revokedAfterSeconds: !calm && random.chance(0.08) ? random.between(0, 30) : null,
    onHeld: random.pick(['nothing', 'resume', 'abort', 'retry']),
    onAborted: !calm && random.chance(0.4) ? 'retry' : 'nothing',
    claims: false,
    claimsOld: false,
    replays: false,
  };
}

function drawHappenings(random: Random, expected: number): Happening[] {
  const at = () => random.between(0, expected * 1.1);
  const seconds = () => random.pick([5, 20, 60, 150, 400]);
  const once = (share: number, draw: () => Fact): Happening[] => (random.chance(share) ? [{ at: at(), ...draw() }] : []);
  const often = (share: number, most: number, draw: () => Fact): Happening[] => random.some(share, most, () => ({ at: at(), ...draw() }));
  // Half of all releases have little to suffer, so that most come to the end of their plan.
  const rough = random.chance(0.6);
  const rare = (share: number) => (rough ? share : share / 6);
  return [
    ...often(0.4, 6, () => ({ what: 'kill' })),
    ...often(rare(0.3), 4, () => ({ what: 'gitops resets' })),
    ...once(rare(0.1), () => ({ what: 'gitops applies' })),
    ...once(rare(0.15), () => ({ what: 'gitops follows', writes: random.whole(1, 3), milliseconds: random.pick([0, 5, 25, 200]) })),
    ...often(0.2, 3, () => ({ what: 'compaction' })),
    ...once(rare(0.05), () => ({ what: 'status edited' })),
    ...once(rare(0.03), () => ({ what: 'status deleted' })),
    ...once(rare(0.03), () => ({ what: 'job deleted' })),
    ...once(rare(0.03), () => ({ what: 'candidate deleted' })),
    ...once(rare(0.04), () => ({ what: 'route edited' })),
    ...once(rare(0.03), () => ({ what: 'route deleted' })),
    ...once(rare(0.12), () => ({ what: 'person moves', to: random.pick(['nothing', 'half', 'more', 'all']) })),
    ...once(rare(0.08), () => ({ what: 'candidate crashes', seconds: random.chance(0.5) ? seconds() : 1e6 })),
    ...often(rare(0.08), 2, () => ({ what: 'node lost', role: random.pick(['stable', 'candidate']), seconds: seconds() })),
    ...often(rough ? 0.4 : 0.15, 2, () => ({ what: 'metric fault', fault: random.pick(METRIC_FAULTS), seconds: seconds() })),
    ...once(rare(0.15), () => ({ what: 'api fails', seconds: seconds() })),
    ...once(rare(0.08), () => ({ what: 'clock jumps', seconds: random.pick([-3_600, -60, -5, 5, 60, 3_600]) })),
    ...once(rare(0.08), () => ({ what: 'abort' })),
    ...once(rare(0.08), () => ({ what: 'pause', seconds: seconds() })),
    ...once(rare(0.06), () => ({ what: 'retry' })),
    ...once(rare(0.06), () => ({ what: 'approvals revoked' })),
    ...once(rare(0.12), () => ({ what: 'candidate worsens' })),
    ...once(rare(0.1), () => ({ what: 'stable grows' })),
    ...once(rare(0.08), () => ({
      what: 'plan superseded',
      prune: random.pick(['before', 'after', 'never']),
      candidate: random.pick(['same', 'other']),
    })),
    ...once(rare(0.1), () => ({ what: 'plan landed again' })),
    ...once(rare(0.04), () => ({ what: 'plan dropped' })),
  ];
}

/** How long the plan takes by itself, roughly: when things happen is drawn over it. */
function expectedSeconds({ plan }: Draft): number {
  return plan.steps.reduce((sum, step) => {
    switch (step.kind) {
      case 'pause':
      case 'analysis':
        return sum + step.durationSeconds + 5;
      case 'approval':
        return sum + 60;
      case 'scale':
      case 'smoke':
        return sum + 20;
      default:
        return sum + 10;
    }
  }, 0);
}
