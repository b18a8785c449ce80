import { CONTRACTS_ANNOTATION, MIGRATION_ANNOTATION, UNUSED_SHAPES_ANNOTATION } from '../lib/lock/labels.ts';
import { PLAN_PATH, planOf } from '../lib/policy/exposure/plan.ts';
import { contractedBy, isMigrationStep, migrationKind, needing } from '../lib/policy/migrations.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { nameOf } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { indexed, listAt, numberAt, textAt } from '../lib/policy/shape.ts';
import { PINNED } from './example.ts';
import { all, ask, PLAN, plan, smoke, to, watch } from './release-examples.ts';

const KINDS = ['expand', 'contract'];
/** Hooks that run once the new version has users. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  'helm.sh/hook': ['post-install', 'post-upgrade'],
  'argocd.argoproj.io/hook': ['PostSync'],
};

const job = (annotations: string): string => `apiVersion: batch/v1
kind: Job
metadata:
  name: web-migration
  namespace: shop
  labels:
    tidegate.dev/release: web
  annotations:
${annotations.trim().replaceAll(/^ */gm, '    ')}
spec:
  backoffLimit: 1
  activeDeadlineSeconds: 600
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migration
          image: ${PINNED}
          args: [migrate]
`;
const revision = (name: string, annotations = ''): string => `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
  labels:
    tidegate.dev/release: web
${annotations}spec:
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
          image: ${PINNED}
`;
const contract = job('tidegate.dev/migration: contract\ntidegate.dev/contracts: ranking-score');
const unused = '  annotations:\n    tidegate.dev/unused-shapes: ranking-score\n';
const ANNOTATIONS = '/metadata/annotations';
const pointer = (annotation: string): string => `${ANNOTATIONS}/${annotation.replace('/', '~1')}`;
const migration = ['smoke', { name: 'ranking-score', test: { migration: { kind: 'expand' } } }] as const;

export const expandContract: Rule = {
  id: 'expand-contract',
  holds: 'migrations run before the candidate has users, and one that takes a shape away runs only when no revision needs it any more',
  severity: 'error',
  kinds: ['batch/Job', 'ConfigMap'],
  why: 'Stable serves while the candidate is released, and takes all requests back when a gate fails. Whatever a migration takes away while stable, or a revision that is kept for a rollback, still uses, fails for users at once, and there is no way back.',
  fix: `Expand first: add the new shape beside the old one. Release code that uses only the new one and say so (intent: oldShape: 'unused'; elsewhere the annotation ${UNUSED_SHAPES_ANNOTATION} on its Deployment). Contract in a later release, when no other revision is left.`,
  examples: [
    {
      title: 'a contract while stable still needs the old shape',
      yaml: contract + revision('web-aaaaaaaa') + revision('web-bbbbbbbb', unused),
      finds: [pointer(CONTRACTS_ANNOTATION)],
    },
    {
      title: 'a contract that does not say which expand migration it completes',
      yaml: job('tidegate.dev/migration: contract') + revision('web-aaaaaaaa', unused),
      finds: [ANNOTATIONS],
    },
    {
      title: 'a migration of no known kind',
      yaml: job('tidegate.dev/migration: shrink') + revision('web-aaaaaaaa'),
      finds: [pointer(MIGRATION_ANNOTATION)],
    },
    {
      title: 'an expand migration that Argo CD runs when the new version has users already',
      yaml: job('tidegate.dev/migration: expand\nargocd.argoproj.io/hook: PostSync'),
      finds: [pointer('argocd.argoproj.io/hook')],
    },
    { title: 'a plan whose migration comes late', yaml: plan([smoke, to(5), migration, watch(), ask, all]), finds: [PLAN] },
    { title: 'a plan that migrates first', yaml: plan([migration, smoke, to(5), watch(), ask, all]), finds: [] },
    {
      title: 'a contract when no revision needs the old shape',
      yaml: contract + revision('web-aaaaaaaa', unused) + revision('web-bbbbbbbb', unused),
      finds: [],
    },
    {
      title: 'a contract beside a cold revision, which needs the old shape and has no pods',
      yaml: contract + revision('web-aaaaaaaa').replace('spec:\n', 'spec:\n  replicas: 0\n') + revision('web-bbbbbbbb', unused),
      finds: [],
    },
    { title: 'an expand migration', yaml: job('tidegate.dev/migration: expand') + revision('web-aaaaaaaa'), finds: [] },
  ],
  *check(entry, context) {
    const steps = planOf(entry)?.steps;
    if (steps !== undefined) yield* late(listAt(steps));
    const kind = migrationKind(entry);
    if (kind !== null) yield* judge(entry, kind, context);
  },
};

function* late(steps: readonly unknown[]): Iterable<Complaint> {
  const first = steps.findIndex(
    (step) =>
      ['setWeight', 'setHeaderRoute', 'switch'].includes(textAt(step, 'kind') ?? '') ||
      (textAt(step, 'kind') === 'setMirrorRoute' && (numberAt(step, 'percent') ?? 100) > 0),
  );
  if (first < 0) return;
  for (const [index, step] of indexed(steps))
    if (index > first && isMigrationStep(step))
      yield {
        path: PLAN_PATH,
        message: `migration '${textAt(step, 'name') ?? ''}' is step ${index}, and the candidate has requests from step ${first} on.`,
      };
}

function* judge(entry: Entry, kind: string, context: Context): Iterable<Complaint> {
  const annotation = (name: string): readonly string[] => ['metadata', 'annotations', name];
  if (!KINDS.includes(kind))
    yield { path: annotation(MIGRATION_ANNOTATION), message: `is a migration of kind '${kind}', expected expand or contract.` };
  for (const [hook, names] of Object.entries(LATE)) {
    const when = textAt(entry.value, ...annotation(hook))
      ?.split(',')
      .map((name) => name.trim());
    const after = when?.filter((name) => names.includes(name)) ?? [];
    if (after.length > 0)
      yield { path: annotation(hook), message: `the migration runs at ${after.join(', ')}, when the new version has users.` };
  }
  if (kind !== 'contract') return;
  const shape = contractedBy(entry);
  if (shape === null) {
    yield {
      path: ['metadata', 'annotations'],
      message: `is a contract migration, and no annotation ${CONTRACTS_ANNOTATION} names the expand migration that it completes.`,
    };
    return;
  }
  if (context.releases.nameOf(entry) === null) {
    yield {
      path: annotation(CONTRACTS_ANNOTATION),
      message: `belongs to no release, so whether a revision still needs the old shape of '${shape}' is unverified.`,
      severity: 'info',
    };
    return;
  }
  const users = needing(shape, entry, context);
  if (users.length > 0)
    yield {
      path: annotation(CONTRACTS_ANNOTATION),
      message: `takes away the old shape of '${shape}', which ${users.map(({ id }) => nameOf(id)).join(' and ')} still ${users.length === 1 ? 'needs' : 'need'}.`,
    };
}
