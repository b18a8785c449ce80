import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { canonicalJson } from '../plan/hash.ts';
import { describeObject, type KubeObject, type Problem, type SourceLocation } from '../schema/index.ts';
import type { Project } from './project.ts';
import { ownedObject, Release } from './release.ts';
import { sourceOf } from './source.ts';

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
      if ('problem' in collected) problems.push(collected.problem);
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
): { manifests: Manifest[] } | { problem: Problem } {
  const at = source ? { at: source } : {};
  let object: KubeObject;
  try {
    object = construct.toJson();
  } catch (error) {
    return {
      problem: {
        message: `${construct.node.path} cannot be synthesized: ${error instanceof Error ? error.message : String(error)}.`,
        ...at,
      },
    };
  }
  const owned = ownedObject(construct);
  if (!owned) {
    const owner = Chart.of(construct).node.id;
    return { manifests: project.targets.map((target) => ({ target, owner, release: null, object, source })) };
  }
  if (!sameContent(object, owned.object))
    return {
      problem: {
        message: `${describeObject(object)} of release '${owned.release}' was changed after the release made it.`,
        ...at,
        help: 'A release is what its lock says: put additions to the pod template into `podTemplate`.',
      },
    };
  return { manifests: [{ target: owned.target, owner: owned.release, release: owned.release, object, source }] };
}

/** All but metadata, to which a chart may add its labels. */
function sameContent(emitted: KubeObject, intended: KubeObject): boolean {
  return canonicalJson({ ...emitted, metadata: null }) === canonicalJson({ ...intended, metadata: null });
}

/** What validations of other constructs say, as cdk8s would at synth. */
function foreignProblems(construct: IConstruct, source: SourceLocation | null): readonly Problem[] {
  return construct.node
    .validate()
    .map((message) => ({ message: `${message}.`, path: construct.node.path, ...(source ? { at: source } : {}) }));
}
