import { DEFAULTS } from '../defaults.ts';
import { Duration, type DurationLike } from '../duration.ts';
import { parseQuantity } from '../quantity.ts';
import type { ReleaseIntent } from '../release.ts';
import { resolveShutdown } from '../resolve-workload.ts';
import { type Place, type Problems, parsed, problem } from './problem.ts';

const SHORTEST_PRE_STOP = 5;
const SHORTEST_GRACE = 30;
const SHORTEST_SCALE_DOWN_DELAY = 30;
const SHORTEST_TOKEN = 600;
/** A month. */
const LONGEST_WARM = 31 * 86_400_000;

/** How many pods there are, how they leave, and how long a release may take. */
export function* checkLifecycle(intent: ReleaseIntent): Problems {
  yield* checkScale(intent);
  yield* checkDisruption(intent);
  yield* checkShutdown(intent);
  yield* checkDeadlines(intent);
  yield* checkHistory(intent);
  for (const [name, { token }] of Object.entries(intent.volumes ?? {}))
    if (token) yield* atLeast(['volumes', name, 'token', 'expires'], token.expires ?? DEFAULTS['IdentityToken.expires'], SHORTEST_TOKEN);
}

function* checkScale({ replicas, autoscale }: ReleaseIntent): Problems {
  if (!autoscale) return;
  const { min, max, cpu, memory, custom = [] } = autoscale;
  if (replicas !== undefined)
    yield problem(
      ['autoscale'],
      `found beside replicas: ${replicas}: two owners of one number undo each other.`,
      "Give 'replicas' or 'autoscale', not both.",
    );
  if (min > max) yield problem(['autoscale', 'min'], `min ${min} is more than max ${max}.`);
  if (cpu === undefined && memory === undefined && custom.length === 0)
    yield problem(['autoscale'], 'nothing to scale by.', "Give 'cpu', 'memory' or 'custom'.");
  for (const [index, { metric, average }] of custom.entries()) {
    if (metric === '') yield problem(['autoscale', 'custom', index, 'metric'], 'a custom metric needs a name.');
    yield* parsed(['autoscale', 'custom', index, 'average'], () => parseQuantity(average));
  }
}

function* checkDisruption({ disruption }: ReleaseIntent): Problems {
  const { maxUnavailable } = disruption ?? {};
  if (typeof maxUnavailable === 'string' && !/^(?:[1-9]\d?|100)%$/.test(maxUnavailable))
    yield problem(
      ['disruption', 'maxUnavailable'],
      `found '${maxUnavailable}', expected a number of pods, or a share from '1%' to '100%'.`,
    );
}

function* checkShutdown({ shutdown }: ReleaseIntent): Problems {
  const { preStopSeconds, drainSeconds, graceSeconds } = resolveShutdown(shutdown);
  const preStop = shutdown?.preStop ?? DEFAULTS['Shutdown.preStop'];
  yield* atLeast(['shutdown', 'preStop'], preStop, SHORTEST_PRE_STOP, 'Routes need that long to forget a pod.');
  const needed = preStopSeconds + drainSeconds;
  if (graceSeconds <= needed)
    yield problem(
      ['shutdown', 'grace'],
      `grace ${graceSeconds}s does not outlast preStop ${preStopSeconds}s and drain ${drainSeconds}s: open requests would be cut.`,
      `Give more than ${needed}s.`,
    );
  if (graceSeconds < SHORTEST_GRACE)
    yield problem(
      ['shutdown', 'grace'],
      `grace is ${graceSeconds}s, expected at least ${SHORTEST_GRACE}s.`,
      `Write grace: '${SHORTEST_GRACE}s'.`,
    );
}

function* checkDeadlines({ deadlines = {} }: ReleaseIntent): Problems {
  const ready = Duration.parse(deadlines.ready ?? DEFAULTS['Deadlines.ready']);
  const step = Duration.parse(deadlines.step ?? DEFAULTS['Deadlines.step']);
  const release = Duration.parse(deadlines.release ?? DEFAULTS['Deadlines.release']);
  const delay = Duration.parse(deadlines.scaleDownDelay ?? DEFAULTS['Deadlines.scaleDownDelay']);
  yield* atLeast(['deadlines', 'ready'], ready, 1);
  yield* atLeast(['deadlines', 'step'], step, 1);
  for (const [name, part] of Object.entries({ ready, step }))
    if (release.milliseconds < part.milliseconds)
      yield problem(['deadlines', 'release'], `the whole release has ${release}, less than '${name}' alone with ${part}.`);
  yield* atLeast(
    ['deadlines', 'scaleDownDelay'],
    delay,
    SHORTEST_SCALE_DOWN_DELAY,
    'Requests that are on their way to the candidate need it until then.',
  );
}

function* checkHistory({ history = {} }: ReleaseIntent): Problems {
  const keepWarm = Duration.parse(history.keepWarm ?? DEFAULTS['History.keepWarm']);
  if (keepWarm.milliseconds > LONGEST_WARM)
    yield problem(['history', 'keepWarm'], `found ${keepWarm}, expected at most ${Duration.ofMilliseconds(LONGEST_WARM)}.`);
}

/** A duration of at least so many seconds. */
export function* atLeast(place: Place, duration: DurationLike, seconds: number, help?: string): Problems {
  const { milliseconds } = Duration.parse(duration);
  if (milliseconds < seconds * 1_000)
    yield problem(place, `found ${duration}, expected at least ${Duration.ofMilliseconds(seconds * 1_000)}.`, help);
}
