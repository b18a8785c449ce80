import { RISK_LABEL } from '../lib/lock/labels.ts';
import { PLAN_PATH, planOf, stepPath } from '../lib/policy/exposure/plan.ts';
import { hashedPlan, planRefusals } from '../lib/policy/plan-refusal.ts';
import { podTemplateOf } from '../lib/policy/pods.ts';
import { pointerPath } from '../lib/policy/pointer.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt, numberAt, textAt } from '../lib/policy/shape.ts';
import { PLAN } from './release-examples.ts';

const backend = (index: number, value: string) => ({
  destination: { path: `/spec/http/0/route/${index}/destination/host`, value },
  weight: `/spec/http/0/route/${index}/weight`,
});
const PLANNED = {
  version: 1,
  release: 'web',
  namespace: 'shop',
  target: 'production',
  engine: 'native',
  attempt: 1,
  risk: 'normal',
  stable: { revision: 'web-aaaaaaaa', deployment: 'web-aaaaaaaa', service: 'web-aaaaaaaa', image: 'web:1' },
  candidate: { revision: 'web-bbbbbbbb', deployment: 'web-bbbbbbbb', service: 'web-bbbbbbbb', image: 'web:2' },
  route: {
    router: 'istio',
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    resource: 'virtualservices',
    name: 'web',
    splits: [{ stable: backend(0, 'web-aaaaaaaa'), candidate: backend(1, 'web-bbbbbbbb') }],
    acceptance: 'none',
  },
  steps: [
    { kind: 'smoke', exposure: 0, deadlineSeconds: 300, name: 'api', test: {} },
    { kind: 'approval', exposure: 0, deadlineSeconds: 300, name: 'promote', reason: '', count: 1 },
    { kind: 'switch', exposure: 100, deadlineSeconds: 300 },
  ],
  deadlineSeconds: 3600,
  scaleDownDelaySeconds: 300,
  approvals: { required: ['promote'], waived: null },
  expected: null,
  gitopsManagers: [],
};
const hashed = hashedPlan(PLANNED);
const configMap = (text: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: web-plan-${hashed.hash}
  namespace: shop
  labels:
    tidegate.dev/release: web
data:
  plan.json: |
${text.replaceAll(/^/gm, '    ')}
`;
const revision = (name: string, image: string): string => `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: web
          image: ${image}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: shop
spec:
  selector:
    app: ${name}
`;
const route = (candidate: string): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
  hosts: [web]
  http:
    - route:
        - destination: { host: web-aaaaaaaa }
          weight: 100
        - destination: { host: ${candidate} }
          weight: 0
`;
const job = `---
apiVersion: batch/v1
kind: Job
metadata:
  name: web-smoke-${hashed.hash}-0
  namespace: shop
`;
const SERVED = hashedPlan({
  ...PLANNED,
  route: {
    router: 'service',
    apiVersion: 'v1',
    kind: 'Service',
    resource: 'services',
    name: 'web',
    splits: [
      {
        stable: { destination: { path: '/spec/selector/tidegate.dev~1revision', value: 'web-aaaaaaaa' } },
        candidate: { destination: { path: '/spec/selector/tidegate.dev~1revision', value: 'web-bbbbbbbb' } },
      },
    ],
    tests: [{ path: '/metadata/annotations/tidegate.dev~1candidate', value: 'web-bbbbbbbb' }],
    acceptance: 'none',
  },
});
const service = (selected: string, candidate: string): string => `---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    tidegate.dev/candidate: ${candidate}
spec:
  selector:
    tidegate.dev/revision: ${selected}
`;
const behindService = (selected: string, candidate: string): string =>
  configMap(SERVED.text).replaceAll(hashed.hash, SERVED.hash) +
  revision('web-aaaaaaaa', 'web:1') +
  revision('web-bbbbbbbb', 'web:2') +
  service(selected, candidate) +
  job.replaceAll(hashed.hash, SERVED.hash);
const ADOPTED = hashedPlan({ ...PLANNED, stable: { revision: 'web', deployment: 'web', service: 'web-aaaaaaaa', image: 'web:1' } });
const adopted =
  configMap(ADOPTED.text).replaceAll(hashed.hash, ADOPTED.hash) +
  revision('web-bbbbbbbb', 'web:2') +
  route('web-bbbbbbbb') +
  job.replaceAll(hashed.hash, ADOPTED.hash);
const signedBy = (...people: readonly string[]): string => {
  const { hash, text } = hashedPlan({
    ...PLANNED,
    steps: PLANNED.steps.map((step) => (step.kind === 'approval' ? { ...step, count: 2 } : step)),
    uses: ['signatures'],
    signing: { validForSeconds: 86_400, signers: people.map((by) => ({ by, key: `key of ${by}` })) },
  });
  return release('web:2', 'web-bbbbbbbb').replace(configMap(hashed.text), configMap(text)).replaceAll(hashed.hash, hash);
};
const release = (image: string, candidate: string): string =>
  configMap(hashed.text) + revision('web-aaaaaaaa', 'web:1') + revision('web-bbbbbbbb', image) + route(candidate) + job;

export const planAgrees: Rule = {
  id: 'plan-agrees',
  holds: 'a plan is the one that was reviewed, and what it names is there and as it says',
  severity: 'error',
  kinds: ['ConfigMap'],
  why: 'The runner does what the plan says to what it names, and refuses a plan that was edited. A route whose destinations stand elsewhere, or an image that nobody reviewed, would be found when the release has begun.',
  fix: 'Run `tidegate synth` and commit all that it writes; do not edit it.',
  examples: [
    { title: 'a plan that was edited', yaml: configMap(hashed.text.replace('"count": 1', '"count": 0')), finds: [PLAN, PLAN, PLAN] },
    {
      title: 'another image, and another Service in the route',
      yaml: release('web:3', 'web-cccccccc'),
      finds: ['/spec/template/spec/containers/0/image', '/spec/http/0/route/1/destination/host'],
    },
    {
      title: 'a candidate that is not there',
      yaml: configMap(hashed.text) + revision('web-aaaaaaaa', 'web:1') + route('web-bbbbbbbb') + job,
      finds: [`${PLAN}/candidate/deployment`, `${PLAN}/candidate/service`],
    },
    {
      title: 'a Service that selects neither revision, and names another candidate',
      yaml: behindService('web-cccccccc', 'web-cccccccc'),
      finds: ['/spec/selector/tidegate.dev~1revision', '/metadata/annotations/tidegate.dev~1candidate'],
    },
    {
      title: 'an approval of two persons, of whom one may sign',
      yaml: signedBy('ann@example.com'),
      finds: [`${PLAN}/steps/1/count`],
    },
    { title: 'an approval of two persons who may sign', yaml: signedBy('ann@example.com', 'bob@example.com'), finds: [] },
    { title: 'a plan and its release', yaml: release('web:2', 'web-bbbbbbbb'), finds: [] },
    { title: 'a plan from a workload that was adopted, which nobody emits', yaml: adopted, finds: [] },
    { title: 'a plan behind a Service', yaml: behindService('web-aaaaaaaa', 'web-bbbbbbbb'), finds: [] },
  ],
  *check(entry, context) {
    const plan = planOf(entry);
    if (!plan) return;
    for (const refusal of planRefusals(entry)) yield { path: PLAN_PATH, message: `the runner refuses it: ${refusal}.` };
    const release = textAt(plan, 'release') ?? '';
    if (!context.releases.hasPods(release)) {
      yield { path: PLAN_PATH, message: `what it names is not in the set: unverified.`, severity: 'info' };
      return;
    }
    const here = { plan, entry, context };
    for (const track of ['stable', 'candidate']) yield* revisionOf(track, here);
    yield* signersOf(plan);
    yield* routeOf(here);
    const hash = textAt(plan, 'hash') ?? '';
    for (const [index, step] of indexed(listAt(plan, 'steps'))) {
      const kind = textAt(step, 'kind');
      if (kind === 'smoke' || kind === 'job') yield* missing('batch/Job', `${release}-${kind}-${hash}-${index}`, here, stepPath(index));
    }
  },
};

interface Here {
  readonly plan: Readonly<Record<string, unknown>>;
  readonly entry: Entry;
  readonly context: Context;
}

const find = (kind: string, name: string | null, { entry, context }: Here): Entry | null =>
  name === null ? null : context.set.find({ kind, namespace: entry.id.namespace, name }, entry);

function* missing(kind: string, name: string | null, here: Here, path: readonly string[]): Iterable<Complaint> {
  const { entry, context } = here;
  if (name === null || find(kind, name, here) || context.isExternal(kind, entry.id.namespace, name)) return;
  yield { path, message: `it names ${kind.slice(kind.indexOf('/') + 1)} ${name}, which is not in the set.` };
}

/** An approval that takes more persons than may sign is never given. */
function* signersOf(plan: Here['plan']): Iterable<Complaint> {
  const signers = listAt(plan, 'signing', 'signers');
  if (signers.length === 0) return;
  const persons = new Set(signers.map((signer) => textAt(signer, 'by'))).size;
  for (const [index, step] of indexed(listAt(plan, 'steps'))) {
    const count = textAt(step, 'kind') === 'approval' ? numberAt(step, 'count') : null;
    if (count !== null && count > persons)
      yield {
        path: [...stepPath(index), 'count'],
        message: `approval '${textAt(step, 'name')}' takes ${count} persons, and only ${persons} may sign: tidegate.yaml, signing.signers.`,
      };
  }
}

/** A stable that Tidegate did not make has its Deployment's own name, and no manifest here. */
const isAdopted = (plan: Here['plan']): boolean => {
  const [release, revision] = [textAt(plan, 'release'), textAt(plan, 'stable', 'revision') ?? ''];
  return !(revision.startsWith(`${release}-`) && /^[0-9a-f]{8}$/.test(revision.slice(`${release}-`.length)));
};

function* revisionOf(track: string, here: Here): Iterable<Complaint> {
  const { plan } = here;
  const [deployment, service, image] = ['deployment', 'service', 'image'].map((field) => textAt(plan, track, field));
  if (track === 'stable' && isAdopted(plan)) return;
  yield* missing('apps/Deployment', deployment ?? null, here, [...PLAN_PATH, track, 'deployment']);
  yield* missing('Service', service ?? null, here, [...PLAN_PATH, track, 'service']);
  const workload = find('apps/Deployment', deployment ?? null, here);
  const containers = (workload && podTemplateOf(workload)?.containers) ?? [];
  const [first] = containers;
  if (workload && first && !containers.some(({ value }) => value.image === image))
    yield {
      entry: workload,
      path: [...first.path, 'image'],
      message: `the image is ${String(first.value.image ?? 'not stated')}, the plan releases ${image ?? 'none'} as ${track}.`,
    };
  const risk = textAt(workload?.value, 'metadata', 'labels', RISK_LABEL);
  if (track === 'candidate' && risk === 'high' && plan.risk !== 'high')
    yield { path: [...PLAN_PATH, 'risk'], message: `its risk is ${String(plan.risk)}, its candidate is labelled as of high risk.` };
}

/** Where the runner would write, and what must stand there before it does. */
function* routeOf(here: Here): Iterable<Complaint> {
  const route = at(here.plan, 'route');
  const apiVersion = textAt(route, 'apiVersion') ?? '';
  const kind = `${apiVersion.includes('/') ? `${apiVersion.slice(0, apiVersion.indexOf('/'))}/` : ''}${textAt(route, 'kind') ?? ''}`;
  const name = textAt(route, 'name');
  yield* missing(kind, name, here, [...PLAN_PATH, 'route', 'name']);
  const found = find(kind, name, here);
  if (!found) return;
  const splits = [...listAt(route, 'splits'), ...listAt(route, 'headers').flatMap((one) => listAt(one, 'splits'))];
  const destinations = [
    ...splits.flatMap((split) => [at(split, 'stable', 'destination'), at(split, 'candidate', 'destination')]),
    ...listAt(route, 'mirrors').map((mirror) => at(mirror, 'destination')),
    ...listAt(route, 'tests'),
  ];
  // A Service has one place for both destinations; which of them stands there at rest is for `weights-at-rest`.
  const expected = new Map<string, (string | null)[]>();
  for (const destination of destinations) {
    const place = textAt(destination, 'path') ?? '';
    expected.set(place, [...(expected.get(place) ?? []), textAt(destination, 'value')]);
  }
  for (const [place, values] of expected) {
    const path = pointerPath(place);
    const actual = at(found.value, ...path);
    if (!values.some((value) => value === actual))
      yield {
        entry: found,
        path,
        message: `the destination is ${JSON.stringify(actual) ?? 'missing'}, the plan expects ${values.map((value) => value ?? 'none').join(' or ')}.`,
      };
  }
}
