import { parseImage } from '../image.ts';
import { parseQuantity } from '../quantity.ts';
import type { ReleaseIntent } from '../release.ts';
import type { Resources } from '../workload.ts';
import { checkLabel } from './names.ts';
import { attempt, type Place, type Problems, parsed, problem } from './problem.ts';

/** Images, resources and names of the released container and of those beside it. */
export function* checkContainers(release: string, intent: ReleaseIntent): Problems {
  yield* parsed(['image'], () => parseImage(intent.image));
  yield* checkResources(['resources'], intent.resources);
  for (const [name, sidecar] of Object.entries(intent.sidecars ?? {})) {
    const place = ['sidecars', name];
    yield* checkLabel(place, name, 'container name');
    if (name === release) yield problem(place, `'${name}' is the name of the released container.`);
    yield* parsed([...place, 'image'], () => parseImage(sidecar.image));
    yield* checkResources([...place, 'resources'], sidecar.resources);
    if (sidecar.init && sidecar.readiness)
      yield problem(
        [...place, 'readiness'],
        'a container that ends before the released one starts is never ready.',
        "Remove 'readiness', or 'init'.",
      );
  }
}

export function* checkResources(place: Place, { requests, limits }: Resources): Problems {
  for (const resource of ['cpu', 'memory'] as const) {
    const asked = yield* readQuantity([...place, 'requests', resource], requests[resource], resource);
    const limit = yield* readQuantity([...place, 'limits', resource], limits[resource], resource);
    if (asked !== null && limit !== null && asked > limit)
      yield problem(
        [...place, 'requests', resource],
        `requests ${requests[resource]} are more than the limit of ${limits[resource]}.`,
        `Raise limits.${resource} or lower requests.${resource}.`,
      );
  }
}

function* readQuantity(
  place: Place,
  text: string | undefined,
  resource: 'cpu' | 'memory',
): Generator<ReturnType<typeof problem>, number | null> {
  if (text === undefined) return null;
  const { value, refusal } = attempt(() => parseQuantity(text));
  if (refusal !== null) yield problem(place, refusal);
  else if (value.value === 0) yield problem(place, `found ${text}, expected more than nothing.`);
  else if (resource === 'memory' && text.endsWith('m'))
    yield problem(place, `'${text}' of memory are thousandths of a byte.`, `Write '${text.slice(0, -1)}Mi'.`);
  else return value.value;
  return null;
}
