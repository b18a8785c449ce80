import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { KubeObject, Problem, SourceLocation } from '../schema/index.ts';
import { changedProblem, ownedObject } from './owned.ts';
import type { Project } from './project.ts';
import { Release } from './release.ts';
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
  const releases: Collected['releases'][number][] = [];
  const manifests: Manifest[] = [];
  const problems: Problem[] = [];
  for (const construct of apps.flatMap((app) => app.node.findAll())) {
    const source = sourceOf(construct, project.directory);
    if (Release.isRelease(construct)) {
      releases.push({ release: construct, source });
    } else if (ApiObject.isApiObject(construct)) {
      const collected = manifestsOf(construct, source, project);
      if ('problems' in collected) problems.push(...collected.problems);
      else manifests.push(...collected.manifests);
    } else {
      problems.push(...foreignProblems(construct, source));
    }
  }
  return { releases, manifests, problems };
}

function manifestsOf(
  construct: ApiObject,
  source: SourceLocation | null,
  project: Project,
): { readonly manifests: readonly Manifest[] } | { readonly problems: readonly Problem[] } {
  const at = source ? { at: source } : {};
  let object: KubeObject;
  try {
    object = construct.toJson();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problems: [{ message: `${construct.node.path} cannot be synthesized: ${reason}.`, ...at }] };
  }
  const owned = ownedObject(construct);
  if (owned) {
    const changed = changedProblem(object, owned);
    if (changed) return { problems: [{ ...changed, ...at }] };
    return { manifests: [{ target: owned.target, owner: owned.release, release: owned.release, object, source: owned.cause ?? source }] };
  }
  const problems = foreignProblems(construct, source);
  if (problems.length > 0) return { problems };
  const owner = Chart.of(construct).node.id;
  const only = targetOf(construct);
  const targets = only === null ? project.targets : [only];
  return { manifests: targets.map((target) => ({ target, owner, release: null, object, source })) };
}

/** What the validations of a construct that is not Tidegate's say, as cdk8s would at synth. */
function foreignProblems(construct: IConstruct, source: SourceLocation | null): readonly Problem[] {
  return construct.node.validate().map((message) => ({
    message: message.endsWith('.') ? message : `${message}.`,
    path: construct.node.path,
    ...(source ? { at: source } : {}),
  }));
}
