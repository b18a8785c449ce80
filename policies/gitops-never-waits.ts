import { MIGRATION_ANNOTATION } from '../lib/lock/labels.ts';
import { Application } from '../lib/policy/gitops/appliers.ts';
import { APPLICATION, APPLICATION_SET, appliedBy, KUSTOMIZATION } from '../lib/policy/gitops/sources.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { nameOf } from '../lib/policy/read/objects.ts';
import { objectsOfReleases, releaseOf } from '../lib/policy/releases.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import type { ObjectSet } from '../lib/policy/set.ts';
import { at, indexed, listAt, textAt } from '../lib/policy/shape.ts';

const WAVE = 'argocd.argoproj.io/sync-wave';
const HOOK = 'argocd.argoproj.io/hook';
/** Where Argo CD is told how a Job is. */
const JOB_HEALTH = 'resource.customizations.health.batch_Job';

const object = (apiVersion: string, kind: string, name: string, annotation = '', spec = '') => `---
apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: ${name}
  namespace: shop
  labels:
    tidegate.dev/release: web
${annotation === '' ? '' : `  annotations:\n    ${annotation}\n`}${spec}`;
const candidate = (annotation = '') => object('apps/v1', 'Deployment', 'web-bbbbbbbb', annotation);
const runner = (annotation = '') => object('apps/v1', 'Deployment', 'web-runner', annotation);
const job = (annotation = '', spec = '') => object('batch/v1', 'Job', 'web-job-0a1b2c3d-3-0-0', annotation, spec);
const SUSPENDED = 'spec:\n  suspend: true\n';
const kustomization = (wait: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: releases
  namespace: flux-system
spec:
  path: ./
  prune: true
${wait}`;
const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  destination:
    namespace: shop
  syncPolicy:
    automated:
      prune: true
`;

export const gitopsNeverWaits: Rule = {
  id: 'gitops-never-waits',
  holds: 'a sync ends when all is applied, and waits for nothing of a release',
  severity: 'error',
  universal: true,
  kinds: 'any',
  about: 'objects of a release, and the Applications and Kustomizations that apply them',
  why: 'A candidate may never become ready, a Job may wait for its turn for hours. A sync that waits for them is not over, and meanwhile neither Argo CD nor Flux begins another: the `git revert` that takes the candidate back does not arrive.',
  fix: 'All objects of a release in one wave and none of them a hook; `wait: false` and no `healthChecks` in a Kustomization.',
  examples: [
    {
      title: 'a runner that waits for its candidate to be healthy',
      yaml: candidate() + runner(`${WAVE}: "1"`),
      finds: ['/metadata/annotations/argocd.argoproj.io~1sync-wave'],
    },
    { title: 'a Job as a hook', yaml: job(`${HOOK}: PreSync`), finds: ['/metadata/annotations/argocd.argoproj.io~1hook'] },
    { title: 'a Kustomization that waits', yaml: kustomization('  wait: true\n') + candidate(), finds: ['/spec/wait'] },
    {
      title: 'a Kustomization that waits for the candidate',
      yaml: kustomization('  healthChecks:\n    - apiVersion: apps/v1\n      kind: Deployment\n      name: web-bbbbbbbb\n') + candidate(),
      finds: ['/spec/healthChecks/0'],
    },
    {
      title: 'a Job that waits for its turn, under an Argo CD that takes it for unfinished',
      yaml: application + job('', SUSPENDED),
      finds: ['/spec/syncPolicy'],
    },
    {
      title: 'the same under one that was told',
      yaml: `${application}${job('', SUSPENDED)}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
data:
  ${JOB_HEALTH}: |
    if obj.spec.suspend then return { status = "Healthy" } end
`,
      finds: [],
    },
    { title: 'one wave, whatever its number', yaml: candidate(`${WAVE}: "2"`) + runner(`${WAVE}: "2"`), finds: [] },
    { title: 'a Kustomization that applies', yaml: kustomization('  wait: false\n') + candidate(), finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === KUSTOMIZATION) yield* waitsByFlux(entry, context);
    else if (entry.kind === APPLICATION || entry.kind === APPLICATION_SET) yield* waitsForJobs(entry, context);
    else if (releaseOf(entry) !== null) yield* ofRelease(entry, context);
  },
};

function* ofRelease(entry: Entry, { set }: Context): Iterable<Complaint> {
  const hook = annotationOf(entry, HOOK);
  // When a migration may be one is for `expand-contract`.
  if (hook !== null && annotationOf(entry, MIGRATION_ANNOTATION) === null)
    yield {
      path: ['metadata', 'annotations', HOOK],
      message: `is a ${hook} hook: each sync deletes it, makes it anew and waits for its end.`,
      help: 'Remove the annotation: the runner waits for what a release waits for.',
    };
  const wave = annotationOf(entry, WAVE);
  if (wave === null) return;
  const waves = [...(wavesOf(set).get(keyOf(entry)) ?? [])].sort((a, b) => a - b);
  if (waves.length > 1)
    yield {
      path: ['metadata', 'annotations', WAVE],
      message: `is of wave ${wave}, and its release of ${waves.join(' and ')}: a sync waits until all of one is healthy.`,
    };
}

/** Only where the Kustomization applies the files in which a release lies. */
function* waitsByFlux(entry: Entry, { set }: Context): Iterable<Complaint> {
  const applied = appliedBy(entry, objectsOfReleases(set), set);
  const [first] = applied;
  if (first === undefined) return;
  if (at(entry.value, 'spec', 'wait') === true)
    yield { path: ['spec', 'wait'], message: `waits until ${nameOf(first.id)} and all else is ready, and applies nothing meanwhile.` };
  for (const [index, check] of indexed(listAt(entry.value, 'spec', 'healthChecks'))) {
    const [kind, name] = [textAt(check, 'kind'), textAt(check, 'name')];
    const namespace = textAt(check, 'namespace');
    if (applied.some(({ id }) => id.kind === kind && id.name === name && (namespace === null || id.namespace === namespace)))
      yield {
        path: ['spec', 'healthChecks', String(index)],
        message: `waits until ${kind} ${name} is ready, and applies nothing meanwhile.`,
      };
  }
}

/** What prunes last has one wave more, and a suspended Job is neither healthy nor degraded to Argo CD. */
function* waitsForJobs(entry: Entry, { set }: Context): Iterable<Complaint> {
  const application = new Application(entry, set);
  const [waiting] = application.applied(
    set.ofKind('batch/Job').filter((job) => releaseOf(job) !== null && at(job.value, 'spec', 'suspend') === true),
  );
  if (waiting === undefined || set.ofKind('ConfigMap').some((map) => /\bsuspend\b/.test(textAt(map.value, 'data', JOB_HEALTH) ?? '')))
    return;
  yield {
    path: [...application.place, 'syncPolicy'],
    message: `a sync that also prunes is not over before ${nameOf(waiting.id)}, which is suspended, has run.`,
    help: `Tell Argo CD in ConfigMap argocd-cm, ${JOB_HEALTH}, that a suspended Job is healthy; \`argocd app terminate-op\` ends a sync that waits.`,
    // ConfigMap argocd-cm is often not in the repository that is linted.
    severity: 'warning',
  };
}

const WAVES = new WeakMap<ObjectSet, ReadonlyMap<string, ReadonlySet<number>>>();

/** The waves of each release. */
function wavesOf(set: ObjectSet): ReadonlyMap<string, ReadonlySet<number>> {
  const known = WAVES.get(set);
  if (known) return known;
  const waves = new Map<string, Set<number>>();
  for (const entry of objectsOfReleases(set))
    waves.set(keyOf(entry), (waves.get(keyOf(entry)) ?? new Set()).add(Number(annotationOf(entry, WAVE) ?? 0)));
  WAVES.set(set, waves);
  return waves;
}

const keyOf = (entry: Entry): string => `${entry.id.namespace ?? ''}/${releaseOf(entry)}`;

const annotationOf = ({ value }: Entry, name: string): string | null => textAt(value, 'metadata', 'annotations', name);
