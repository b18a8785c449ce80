import { defaultFor } from '../defaults.ts';
import { Duration, type DurationLike } from '../duration.ts';
import type { ReleaseIntent } from '../release.ts';
import type { Probe } from '../workload.ts';
import { type Place, type Problems, problem } from './problem.ts';

/** How much longer liveness must bear the same failing endpoint than readiness. */
const MORE_PATIENT = 3;

type ProbeName = 'startup' | 'readiness' | 'liveness';

/** Probes ask ports that exist, end before the next begins, and do not restart a pod for what readiness is for. */
export function* checkProbes({ probes, ports, sidecars = {} }: ReleaseIntent): Problems {
  const { startup, readiness, liveness } = probes;
  const known = Object.keys(ports);
  for (const [name, probe] of Object.entries({ startup, readiness, liveness }))
    if (probe) yield* checkProbe(['probes', name], name as ProbeName, probe, known);
  for (const [name, sidecar] of Object.entries(sidecars))
    if (sidecar.readiness)
      yield* checkProbe(['sidecars', name, 'readiness'], 'readiness', sidecar.readiness, [...Object.keys(sidecar.ports ?? {}), ...known]);

  if (liveness && asksTheSame(readiness, liveness, known)) {
    const ready = patience('readiness', readiness);
    const alive = patience('liveness', liveness);
    if (alive < MORE_PATIENT * ready)
      yield problem(
        ['probes', 'liveness'],
        `asks the same as readiness and restarts the pod after ${alive}s, readiness takes it out of the route after ${ready}s.`,
        `Ask an endpoint that looks at the process only, or let liveness fail for at least ${MORE_PATIENT * ready}s (every x failures).`,
      );
  }
  if (startup && liveness && asksTheSame(startup, liveness, known) && patience('startup', startup) === patience('liveness', liveness))
    yield problem(
      ['probes', 'startup'],
      `asks the same as liveness with the same patience of ${patience('startup', startup)}s, so it gives a start no more time.`,
      'Give it more failures, or leave it out.',
    );
}

function* checkProbe(place: Place, name: ProbeName, probe: Probe, ports: readonly string[]): Problems {
  const { http, grpc, tcp } = probe;
  for (const [kind, check] of Object.entries({ http, grpc, tcp }))
    if (check?.port !== undefined && !ports.includes(check.port))
      yield problem([...place, kind, 'port'], `asks port '${check.port}', which is not there.`, `Ports are ${ports.join(', ')}.`);
  if (http && !http.path.startsWith('/')) yield problem([...place, 'http', 'path'], `path '${http.path}' must begin with '/'.`);

  const every = Duration.parse(probe.every ?? defaultFor('Probe.every', name));
  const timeout = Duration.parse(probe.timeout ?? defaultFor('Probe.timeout', name));
  yield* checkWholeSeconds([...place, 'every'], probe.every);
  yield* checkWholeSeconds([...place, 'timeout'], probe.timeout);
  if (timeout.milliseconds >= every.milliseconds)
    yield problem(
      [...place, 'timeout'],
      `timeout ${timeout} must be shorter than every ${every}, or a slow answer runs into the next probe.`,
    );
}

function* checkWholeSeconds(place: Place, duration: DurationLike | undefined): Problems {
  if (duration === undefined) return;
  const { milliseconds } = Duration.parse(duration);
  if (milliseconds === 0 || milliseconds % 1_000 !== 0)
    yield problem(place, `found ${duration}, expected whole seconds of at least 1s: Kubernetes knows no smaller unit.`);
}

/** Seconds for which a probe may fail before it counts. */
function patience(name: ProbeName, { every, failures }: Probe): number {
  return Duration.parse(every ?? defaultFor('Probe.every', name)).seconds * (failures ?? Number(defaultFor('Probe.failures', name)));
}

function asksTheSame(a: Probe, b: Probe, [first]: readonly string[]): boolean {
  const question = ({ http, grpc, tcp, exec }: Probe) =>
    JSON.stringify([
      http && [http.path, http.port ?? first, Object.entries(http.headers ?? {}).sort()],
      grpc && [grpc.service ?? null, grpc.port ?? first],
      tcp && [tcp.port ?? first],
      exec?.command,
    ]);
  return question(a) === question(b);
}
