import { Application, SYNC_OPTIONS } from '../lib/policy/gitops/appliers.ts';
import { changesOf, type Kustomized } from '../lib/policy/gitops/kustomized.ts';
import { APPLICATION, APPLICATION_SET, appliedBy, KUSTOMIZATION } from '../lib/policy/gitops/sources.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { objectsOfReleases, releaseOf } from '../lib/policy/releases.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, textAt } from '../lib/policy/shape.ts';
import { applied, applying, revision } from './gitops-examples.ts';

const REPLACE = 'Replace=true';
const FORCE = 'Force=true';
const FLUX_FORCE = 'kustomize.toolkit.fluxcd.io/force';
/** Of these the cluster holds more than Git says, such as pods and weights. */
const MOVED: readonly string[] = ['Deployment', 'VirtualService', 'HTTPRoute', 'GRPCRoute', 'Service', 'Job'];
const REPLACES = 'replaces objects by what Git says: pods, weights and what is switched are back where a release began.';
const DELETES = 'asks for what is refused to be deleted and made anew, with users on its pods.';

export const gitopsAppliesAsWritten: Rule = {
  id: 'gitops-applies-as-written',
  holds: 'GitOps applies a release as Git says it: nothing is renamed, patched, replaced or made anew',
  severity: 'error',
  universal: true,
  kinds: 'any',
  about: 'objects of a release, and the Applications and Kustomizations that apply them',
  why: 'A plan names Deployments, routes and images, and what runs must be what was reviewed: a runner waits for an object of another name for ever, and an image from elsewhere is what no gate was told of. `Replace=true` takes the pods of a candidate away while users are on it, what is deleted and made anew takes all of them.',
  fix: 'Change the intent instead, and apply `dist/` as it is: no `targetNamespace`, prefixes, `images`, `replicas` or patches of specs, no `force`, `Replace=true` or `Force=true`.',
  examples: [
    {
      title: 'each sync takes the candidate back to the pods that Git says',
      yaml: applied('syncPolicy:\n  syncOptions:\n    - Replace=true') + revision(),
      finds: ['/spec/syncPolicy/syncOptions/0'],
    },
    {
      title: 'the same for one object',
      yaml: revision('annotations:\n  argocd.argoproj.io/sync-options: PruneLast=true, Replace=true'),
      finds: ['/metadata/annotations/argocd.argoproj.io~1sync-options'],
    },
    {
      title: 'Flux deletes what the cluster refuses',
      yaml: applying('force: true') + revision(),
      finds: ['/spec/force'],
    },
    {
      title: 'a Deployment that the plan does not name',
      yaml: applying('namePrefix: blue-') + revision(),
      finds: ['/spec/namePrefix'],
    },
    {
      title: 'another image than the one that was planned',
      yaml: applying('images:\n  - name: registry.example.com/shop/web\n    newTag: 1.4.3') + revision(),
      finds: ['/spec/images/0'],
    },
    {
      title: 'pods of whatever is applied',
      yaml:
        applying(
          'patches:\n  - target:\n      kind: Deployment\n    patch: |\n      - op: replace\n        path: /spec/replicas\n        value: 1',
        ) + revision(),
      finds: ['/spec/patches/0'],
    },
    { title: 'the namespace that is written', yaml: applying('targetNamespace: shop') + revision(), finds: [] },
    {
      title: 'a patch of something else',
      yaml:
        applying(
          'patches:\n  - target:\n      kind: Deployment\n      name: metrics\n    patch: |\n      - op: replace\n        path: /spec/replicas\n        value: 1',
        ) + revision(),
      finds: [],
    },
    { title: 'as it is', yaml: applied('syncPolicy:\n  syncOptions:\n    - ServerSideApply=true') + revision(), finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === KUSTOMIZATION) yield* byFlux(entry, context);
    else if (entry.kind === APPLICATION || entry.kind === APPLICATION_SET) yield* byArgo(entry, context);
    else if (releaseOf(entry) !== null) yield* ofObject(entry);
  },
};

function* byFlux(entry: Entry, { set }: Context): Iterable<Complaint> {
  const entries = appliedBy(entry, objectsOfReleases(set), set);
  if (entries.length > 0 && at(entry.value, 'spec', 'force') === true) yield { path: ['spec', 'force'], message: `force ${DELETES}` };
  yield* changed({ changes: at(entry.value, 'spec'), at: ['spec'] }, entries);
}

function* byArgo(entry: Entry, { set }: Context): Iterable<Complaint> {
  const application = new Application(entry, set);
  const entries = application.applied(objectsOfReleases(set));
  if (entries.length === 0) return;
  for (const [option, does] of [
    [REPLACE, REPLACES],
    [FORCE, DELETES],
  ] as const) {
    const path = application.option(option);
    if (path !== null) yield { path, message: `${option} ${does}` };
  }
  for (const [kustomized, own] of application.kustomized(entries)) yield* changed(kustomized, own);
}

function* changed(kustomized: Kustomized, entries: readonly Entry[]): Iterable<Complaint> {
  for (const { path, does, isGrave } of changesOf(kustomized, entries))
    yield { path, message: `${does}, which is not what was planned and reviewed.`, severity: isGrave ? 'error' : 'warning' };
}

function* ofObject(entry: Entry): Iterable<Complaint> {
  const options = (textAt(entry.value, 'metadata', 'annotations', SYNC_OPTIONS) ?? '').split(',').map((option) => option.trim());
  const path = ['metadata', 'annotations', SYNC_OPTIONS];
  if (options.includes(FORCE)) yield { path, message: `${FORCE} ${DELETES}` };
  else if (options.includes(REPLACE) && MOVED.includes(entry.id.kind)) yield { path, message: `${REPLACE} ${REPLACES}` };
  if (textAt(entry.value, 'metadata', 'annotations', FLUX_FORCE)?.toLowerCase() === 'enabled')
    yield { path: ['metadata', 'annotations', FLUX_FORCE], message: `${FLUX_FORCE} ${DELETES}` };
}
