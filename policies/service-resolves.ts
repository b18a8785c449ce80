import { ADOPTED_ANNOTATION, COMPONENT_LABEL, REVISION_LABEL } from '../lib/lock/labels.ts';
import { podTemplateOf, ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { releaseOf, servicesOfRollout } from '../lib/policy/releases.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { type Selector, selects, serviceSelector } from '../lib/policy/selector.ts';
import { textAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const DEPLOYMENT = 'apps/Deployment';

const rollout = (canary: string) => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example.com/shop/web:1
  strategy:
    canary:
      stableService: web-stable
      canaryService: ${canary}
`;
const service = (name: string, app = 'web') => `---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: shop
spec:
  selector:
    app: ${app}
  ports:
    - port: 80
`;
const revision = deployment({}).replace('        app: web\n', '        app: web\n        tidegate.dev/revision: web-1a2b3c4d\n');
const adopted = (app: string) =>
  service('web', app).replace(
    '  namespace: shop\n',
    '  namespace: shop\n  labels:\n    tidegate.dev/release: web\n  annotations:\n    tidegate.dev/adopted: legacy\n',
  );

export const serviceResolves: Rule = {
  id: 'service-resolves',
  holds: 'the Services of a release exist, differ, and select the pods of their own track alone',
  severity: 'error',
  kinds: [ROLLOUT, 'Service', DEPLOYMENT],
  why: 'Where stable and canary are one Service, or a Service selects both tracks, the weights of the route mean nothing: users reach the candidate however small its weight, and before it is tested. A Service that selects nothing answers 503.',
  fix: 'Give each track a Service of its own whose selector matches the labels of its pods.',
  examples: [
    {
      title: 'stable and canary are one Service',
      yaml: rollout('web-stable') + service('web-stable'),
      finds: ['/spec/strategy/canary/canaryService'],
    },
    {
      title: 'the canary Service selects other pods',
      yaml: rollout('web-canary') + service('web-stable') + service('web-canary', 'store'),
      finds: ['/spec/strategy/canary/canaryService'],
    },
    {
      title: 'a Service that is not in the set is unverified',
      yaml: rollout('web-canary') + service('web-stable'),
      finds: ['/spec/strategy/canary/canaryService'],
    },
    {
      title: 'a Service of a Tidegate release that selects no pods',
      yaml:
        deployment({}) +
        service('web', 'store').replace('  namespace: shop\n', '  namespace: shop\n  labels:\n    tidegate.dev/release: web\n'),
      finds: ['/spec/selector'],
    },
    {
      title: 'the Service of an adopted workload that selects pods of a revision, too',
      yaml: revision + adopted('web'),
      finds: ['/spec/selector'],
    },
    {
      title: 'a Service of somebody else that selects whatever is released',
      yaml: revision + service('web-internal'),
      finds: ['/spec/selector'],
    },
    {
      title: 'a Service of somebody else that names the revision',
      yaml: revision + service('web-pinned').replace('    app: web\n', '    app: web\n    tidegate.dev/revision: web-1a2b3c4d\n'),
      finds: [],
    },
    { title: 'the Service of an adopted workload, which the set does not hold', yaml: deployment({}) + adopted('legacy'), finds: [] },
    { title: 'two Services, both there', yaml: rollout('web-canary') + service('web-stable') + service('web-canary'), finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === 'Service') yield* ofService(entry, context);
    else if (entry.kind === DEPLOYMENT) yield* ofOthers(entry, context);
    else yield* ofRollout(entry, context);
  },
};

function* ofRollout(entry: Entry, { set, isExternal }: Context): Iterable<Complaint> {
  const { namespace } = entry.id;
  const workload = textAt(entry.value, 'spec', 'workloadRef', 'name');
  const made = workload === null ? entry : set.find({ kind: DEPLOYMENT, namespace, name: workload }, entry);
  const labels = made && podTemplateOf(made)?.labels;
  const first = new Map<string, string>();
  for (const { path, name } of servicesOfRollout(entry.value)) {
    const field = path.at(-1) ?? '';
    const other = first.get(name);
    // An ALB's root Service may be the stable one.
    if (other !== undefined && field !== 'rootService') yield { path, message: `${field} and ${other} are both Service '${name}'.` };
    first.set(name, field);
    const found = set.find({ kind: 'Service', namespace, name }, entry);
    const selector = found && serviceSelector(found.value);
    if (!found) {
      if (!isExternal('Service', namespace, name))
        yield { path, message: `${field} is Service '${name}', which is not in the set: unverified.`, severity: 'info' };
    } else if (labels && selector && !selects(selector, labels))
      yield {
        path,
        message: `${field} is Service '${name}', which selects ${words(selector.labels)}; the pods are labelled ${words(labels)}.`,
      };
  }
}

/** Services of Tidegate name one revision each. */
function* ofService(entry: Entry, { set, releases }: Context): Iterable<Complaint> {
  const selector = serviceSelector(entry.value);
  const release = releaseOf(entry);
  if (release === null || !selector || textAt(entry.value, 'metadata', 'labels', COMPONENT_LABEL) !== null) return;
  const selected = set.select(selector, entry);
  const adopted = textAt(entry.value, 'metadata', 'annotations', ADOPTED_ANNOTATION);
  if (adopted !== null) {
    yield* ofAdopted(selector, selected);
    return;
  }
  const revisions = new Set(selected.map(revisionOf));
  const path = ['spec', 'selector'];
  if (revisions.size > 1) yield { path, message: `selects the pods of ${revisions.size} revisions, ${[...revisions].join(' and ')}.` };
  else if (selected.length === 0 && releases.hasPods(release))
    yield { path, message: `selects ${words(selector.labels)}, which no pods of its release have.` };
  else if (selected.length === 0)
    yield { path, message: `selects ${words(selector.labels)}, which no pods of the set have: unverified.`, severity: 'info' };
}

/** Its Deployment is somebody else's; until a release replaces it, no revision's pods answer there. */
function* ofAdopted({ labels }: Selector, selected: readonly Entry[]): Iterable<Complaint> {
  const revision = selected.map(revisionOf).find((name) => name !== undefined);
  if (revision !== undefined)
    yield {
      path: ['spec', 'selector'],
      message: `selects ${words(labels)}, which pods of revision ${revision} have too: users reach it untested, whatever the route says.`,
    };
}

/** Services that no release made, and whose pods change with each: found from the pods, so that it is as grave as in a release. */
function* ofOthers(workload: Entry, { set }: Context): Iterable<Complaint> {
  if (revisionOf(workload) === undefined) return;
  for (const service of set.selecting('Service', workload)) {
    const selector = serviceSelector(service.value);
    if (releaseOf(service) !== null || !selector || REVISION_LABEL in selector.labels) continue;
    // In flight two revisions are selected, and one finding is enough.
    if (set.select(selector, service).find((other) => revisionOf(other) !== undefined) !== workload) continue;
    yield {
      entry: service,
      path: ['spec', 'selector'],
      message: `selects ${words(selector.labels)}, which the pods of every revision of '${releaseOf(workload)}' have: users reach a candidate untested, whatever the route says.`,
      help: `Lead its callers to Service '${releaseOf(workload)}', or select by a label that these pods lack.`,
    };
  }
}

const revisionOf = (workload: Entry): string | undefined => podTemplateOf(workload)?.labels[REVISION_LABEL];

const words = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ') || 'nothing';
