import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { KubeObject, Problem, SourceLocation } from '../schema/index.ts';
import { changedProblem, ownedObject } from './owned.ts';
import type { Project } from './project.ts';
import { Release, type WithinRelease, withinRelease } from './release.ts';
import { sourceOf } from './source.ts';
import { targetOf } from './stable.ts';

/** One object for one target, and who made it. */
export interface Manifest {
  readonly target: string;
  /** Name of the release, or of the chart for objects of no release: last folder of the file's path. */
  readonly owner: string;
  readonly release: string | null;
  readonly object: KubeObject;
  readonly source: SourceLocation | null;
}

export interface Collected {
  readonly releases: readonly { readonly release: Release; readonly source: SourceLocation | null }[];
  readonly manifests: readonly Manifest[];
  /** What is wrong beside the releases' own problems. */
  readonly problems: readonly Problem[];
}

/** Everything that apps declare, in the order declared; what they got wrong beside it. */
export function collect(apps: readonly IConstruct[], project: Project): Collected {
  return compiled(declared(apps, project), project);
}

/** What a walk over apps meets, in the order declared. Nothing of a release whose constructs nobody looked at is compiled. */
export type Declared =
  | ({ readonly kind: 'release'; readonly release: Release } & WithinRelease)
  | { readonly kind: 'object'; readonly construct: IConstruct; readonly of: Emitted }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** An object of a construct, for one target or several, and whose it is. */
interface Emitted extends Pick<Manifest, 'owner' | 'release' | 'object'> {
  readonly targets: readonly string[];
  /** The line of the defaults that it follows from, where it is one. */
  readonly cause: SourceLocation | null;
}

export function declared(apps: readonly IConstruct[], project: Project): readonly Declared[] {
  const met: Met[] = [];
  for (const app of apps) walk(app, null, met);
  return met.flatMap((one): readonly Declared[] => {
    if ('release' in one) return [{ kind: 'release', ...one }];
    const { construct, within } = one;
    // What a release has made is written where the release is.
    const madeBy = (ownedObject(construct) && within) ?? construct;
    if (ApiObject.isApiObject(construct)) return [ofObject(construct, madeBy, project)];
    const problems = foreignProblems(construct, project);
    return problems.length === 0 ? [] : [{ kind: 'problems', problems }];
  });
}

/** A construct, with the release that it is in. */
type Met = ({ readonly release: Release } & WithinRelease) | { readonly construct: IConstruct; readonly within: Release | null };

/** Constructs before those in them. */
function walk(construct: IConstruct, within: Release | null, met: Met[]): void {
  if (Release.isRelease(construct)) {
    const inside = withinRelease(construct);
    met.push({ release: construct, ...inside });
    if (!inside.unseen) for (const child of construct.node.children) walk(child, construct, met);
    return;
  }
  met.push({ construct, within });
  for (const child of construct.node.children) walk(child, within, met);
}

/** Compiles every release that was declared. */
export function compiled(all: readonly Declared[], project: Project): Collected {
  const releases: Collected['releases'][number][] = [];
  const manifests: Manifest[] = [];
  const problems: Problem[] = [];
  for (const one of all)
    switch (one.kind) {
      case 'release': {
        const { release } = one;
        const source = sourceOf(release, project.directory);
        releases.push({ release, source });
        for (const { target, object, cause } of one.unseen?.() ?? [])
          manifests.push({ target, owner: release.name, release: release.name, object, source: cause ?? source });
        break;
      }
      case 'object': {
        const { targets, owner, release, object, cause } = one.of;
        const source = cause ?? sourceOf(one.construct, project.directory);
        manifests.push(...targets.map((target) => ({ target, owner, release, object, source })));
        break;
      }
      case 'problems':
        problems.push(...one.problems);
        break;
      default:
        one satisfies never;
    }
  return { releases, manifests, problems };
}

function ofObject(construct: ApiObject, madeBy: IConstruct, project: Project): Declared {
  const refused = (problems: readonly Problem[]): Declared => ({ kind: 'problems', problems });
  const place = () => {
    const source = sourceOf(madeBy, project.directory);
    return source ? { at: source } : {};
  };
  let object: KubeObject;
  try {
    object = construct.toJson();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refused([{ message: `${construct.node.path} cannot be synthesized: ${reason}.`, ...place() }]);
  }
  const owned = ownedObject(construct);
  if (owned) {
    const changed = changedProblem(object, owned);
    if (changed) return refused([{ ...changed, ...place() }]);
    const { release, target, cause } = owned;
    return { kind: 'object', construct: madeBy, of: { targets: [target], owner: release, release, object, cause } };
  }
  const problems = foreignProblems(construct, project);
  if (problems.length > 0) return refused(problems);
  const owner = Chart.of(construct).node.id;
  const only = targetOf(construct);
  return {
    kind: 'object',
    construct,
    of: { targets: only === null ? project.targets : [only], owner, release: null, object, cause: null },
  };
}

/** What the validations of a construct that is not Tidegate's say, as cdk8s would at synth. */
function foreignProblems(construct: IConstruct, { directory }: Project): readonly Problem[] {
  const messages = construct.node.validate();
  if (messages.length === 0) return [];
  const source = sourceOf(construct, directory);
  return messages.map((message) => ({
    message: message.endsWith('.') ? message : `${message}.`,
    path: construct.node.path,
    ...(source ? { at: source } : {}),
  }));
}
