import type { Operation } from '../api/patch.ts';
import type { Draft } from '../release/plans.ts';

/** Why a write of the route is not fenced, or null (S5). */
export function unfenced(operations: readonly Operation[], { plan }: Draft): string | null {
  const [first] = operations;
  const backends = [...plan.route.splits, ...(plan.route.headers ?? []).flatMap(({ splits }) => splits)].flatMap((split) => [
    split.stable,
    split.candidate,
  ]);
  const written = operations.filter(({ op }) => op !== 'test').map(({ path }) => path);
  const tested = new Set(operations.filter(({ op }) => op === 'test').map(({ path }) => path));
  if (first?.op !== 'replace' || first.path !== '/metadata/resourceVersion') return 'the route is written whatever it is by now';
  // Back to stable the way is open whatever else is true.
  const raises = plan.route.splits.some(({ candidate: { destination } }) =>
    operations.some(({ op, path, value }) => op !== 'test' && path === destination.path && value === destination.value),
  );
  const untested = raises ? plan.route.tests?.find(({ path }) => !tested.has(path)) : undefined;
  if (untested !== undefined) return `the route is written without a look at ${untested.path}`;
  const blind = backends.find(({ destination, weight }) => weight && written.includes(weight) && !tested.has(destination.path));
  return blind === undefined ? null : `${blind.weight} is written without a look at ${blind.destination.path}`;
}
