import type { Groups } from '../intent/project.ts';
import { nearest, type Problem, type SourceLocation } from '../schema/index.ts';
import type { Collected } from './collect.ts';

/** Groups and `after`: names that are known, of one namespace, and an order that has a beginning. */
export function checkOrder({ releases }: Collected, groups: Groups, placeOf: (group: string) => SourceLocation): readonly Problem[] {
  const names = releases.map(({ release }) => release.name);
  const problems: Problem[] = Object.entries(groups).flatMap(([group, { releases: members }]) =>
    members.filter((name) => !names.includes(name)).map((name) => unknown(name, names, `group ${group}`, { at: placeOf(group) })),
  );
  const reported = new Set<string>();
  for (const { release, source } of releases)
    for (const { target, lock } of release.targets) {
      const { after = [] } = lock.resolved;
      const at = { path: `${release.name}.after`, ...(source ? { at: source } : {}) };
      problems.push(...after.filter((name) => !names.includes(name)).map((name) => unknown(name, names, `release ${release.name}`, at)));
      const group = Object.entries(groups).find(([, { releases: members }]) => members.includes(release.name));
      for (const name of [...after, ...(group?.[1].releases ?? [])]) {
        const other = releases.find((one) => one.release.name === name)?.release.namespaceOn(target);
        const pair = [release.name, name].sort().join(' and ');
        if (other === undefined || other === lock.namespace || reported.has(pair)) continue;
        reported.add(pair);
        problems.push({
          message: `${pair} are in two namespaces on target '${target}': ${[lock.namespace, other].sort().join(' and ')}. A runner sees the releases of its own alone.`,
          ...(after.includes(name) || !group ? at : { at: placeOf(group[0]) }),
          help: 'Take one of them out of the group or of `after`, and release them one after the other.',
        });
      }
    }
  return [...problems, ...cycles({ releases }, groups, placeOf)];
}

function unknown(name: string, names: readonly string[], who: string, place: object): Problem {
  const meant = nearest(name, names);
  return {
    message: `${who} names release '${name}', which there is not${meant ? `; did you mean '${meant}'?` : '.'}`,
    ...place,
    help: `The app declares ${names.join(', ')}.`,
  };
}

/** Each release waits for those of its `after`, and for those before it in its group. */
function cycles({ releases }: Pick<Collected, 'releases'>, groups: Groups, placeOf: (group: string) => SourceLocation): readonly Problem[] {
  const before = new Map<string, Set<string>>();
  const add = (name: string, ...others: readonly string[]) =>
    before.set(name, new Set([...(before.get(name) ?? []), ...others.filter((other) => other !== name)]));
  for (const { release } of releases) for (const { lock } of release.targets) add(release.name, ...(lock.resolved.after ?? []));
  for (const { releases: members } of Object.values(groups))
    for (const [index, name] of members.entries()) add(name, ...members.slice(0, index));
  const path: string[] = [];
  const done = new Set<string>();
  const visit = (name: string): readonly string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    path.push(name);
    for (const other of before.get(name) ?? []) {
      const found = visit(other);
      if (found) return found;
    }
    path.pop();
    done.add(name);
    return null;
  };
  for (const name of before.keys()) {
    const cycle = visit(name);
    if (!cycle) continue;
    const group = Object.entries(groups).find(([, { releases: members }]) => cycle.filter((one) => members.includes(one)).length > 1);
    return [
      {
        message: `each of them waits for the next, so none could begin: ${cycle.join(' → ')}.`,
        ...(group ? { at: placeOf(group[0]) } : { path: `${cycle[0]}.after` }),
        help: group
          ? `Release ${group[0]} in another order: a group's list has what comes first before what comes after it.`
          : 'Take one of them out of `after`.',
      },
    ];
  }
  return [];
}
