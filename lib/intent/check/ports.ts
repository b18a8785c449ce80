import type { ReleaseIntent } from '../release.ts';
import { resolvePorts } from '../resolve-workload.ts';
import { checkPortName } from './names.ts';
import { type Place, type Problems, repeated } from './problem.ts';

/** Ports of the pod: their names, and numbers that no two containers can both listen on. */
export function* checkPorts({ ports, sidecars = {} }: ReleaseIntent): Problems {
  const named: [Place, string][] = Object.keys(ports).map((name) => [['ports', name], name]);
  const listening: [Place, number][] = resolvePorts(ports).map(({ name, container }) => [['ports', name], container]);
  for (const [sidecar, { ports: own = {} }] of Object.entries(sidecars))
    for (const [name, port] of Object.entries(own)) {
      named.push([['sidecars', sidecar, 'ports', name], name]);
      listening.push([['sidecars', sidecar, 'ports', name], port]);
    }
  for (const [place, name] of named) yield* checkPortName(place, name);
  yield* repeated(named, (name) => `port name '${name}'`);
  yield* repeated(listening, (port) => `container port ${port}`);
  yield* repeated(
    resolvePorts(ports).map(({ name, service }) => [['ports', name], service]),
    (port) => `Service port ${port}`,
  );
}
