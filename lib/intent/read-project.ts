import { dottedPath } from '../schema/explain.ts';
import { nearest, ProblemError, type SourceLocation } from '../schema/index.ts';
import { Duration } from './duration.ts';
import { parseImage } from './image.ts';
import { dnsLabelProblem } from './names.ts';
import { POLICY_SCHEMA, policyOf, type WrittenPolicy } from './policy-config.ts';
import type { Alerts, Group, ProjectConfig, Target } from './project.ts';
import { readWritten } from './read-written.ts';

export const PROJECT_FILE = 'tidegate.yaml';

/** The stock Node image that runs the runner and built-in smoke checks: no shell, user 65532. */
const HELPER_IMAGE = 'gcr.io/distroless/nodejs22-debian12:nonroot@sha256:13593b7570658e8477de39e2f4a1dd25db2f836d68a0ba771251572d23bb4f8e';

/** Field managers under which each tool writes, as its own sources name them. */
const MANAGERS = {
  none: ['kubectl', 'kubectl-client-side-apply'],
  argocd: ['argocd-controller', 'kubectl-client-side-apply'],
  flux: ['kustomize-controller', 'helm-controller'],
} as const;

/** Long enough for a pull request that others look at. */
const VALID_FOR = '24h';

const text = { type: 'string', minLength: 1 } as const;
const quantities = {
  type: 'object',
  additionalProperties: false,
  required: ['cpu', 'memory'],
  properties: { cpu: text, memory: text },
} as const;

/** JSON Schema of `tidegate.yaml`: unknown keys are errors. */
export const PROJECT_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    targets: {
      type: 'object',
      minProperties: 1,
      additionalProperties: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: {
          approvals: { enum: ['required', 'waived'] },
          analysisTemplates: { enum: ['objects', 'inline'] },
          cluster: text,
          provenOn: text,
        },
      },
    },
    helper: {
      type: 'object',
      additionalProperties: false,
      properties: {
        image: text,
        imagePullSecrets: { type: 'array', items: text },
        resources: {
          type: 'object',
          additionalProperties: false,
          required: ['requests', 'limits'],
          properties: {
            requests: quantities,
            limits: { type: 'object', additionalProperties: false, required: ['memory'], properties: { memory: text } },
          },
        },
        tolerations: { type: 'array', items: { type: 'object', additionalProperties: { type: ['string', 'integer'] } } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        priorityClassName: text,
      },
    },
    gitops: {
      type: 'object',
      additionalProperties: false,
      properties: { tool: { enum: ['none', 'argocd', 'flux'] }, managers: { type: 'array', minItems: 1, items: text } },
    },
    signing: {
      type: 'object',
      additionalProperties: false,
      required: ['signers'],
      properties: { signers: text, validFor: text },
    },
    groups: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['releases'],
        properties: { limit: { type: 'integer', minimum: 1 }, releases: { type: 'array', minItems: 2, maxItems: 50, items: text } },
      },
    },
    alerts: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        stalledMinutes: { type: 'integer', minimum: 1 },
        waitingMinutes: { type: 'integer', minimum: 1 },
      },
    },
    policy: POLICY_SCHEMA,
  },
} as const;

interface Written {
  readonly targets?: Readonly<Record<string, Partial<Target> | null>>;
  readonly helper?: Partial<ProjectConfig['helper']>;
  readonly gitops?: { readonly tool?: keyof typeof MANAGERS; readonly managers?: readonly string[] };
  readonly signing?: { readonly signers: string; readonly validFor?: string };
  readonly groups?: Readonly<Record<string, { readonly limit?: number; readonly releases: readonly string[] }>>;
  readonly alerts?: Partial<Alerts> | null;
  readonly policy?: WrittenPolicy;
}

/**
 * Reads `tidegate.yaml`; null or an empty file is a project of defaults with the one target `production`.
 * @throws ProblemError with every problem and its line
 */
export function readProject(source: string | null): ProjectConfig {
  const written = source === null || source.trim() === '' ? {} : parse(source);
  const { tool = 'none', managers } = written.gitops ?? {};
  return {
    targets: Object.fromEntries(
      Object.entries(written.targets ?? { production: {} }).map(([name, target]): [string, Target] => [
        name,
        {
          approvals: target?.approvals ?? 'required',
          analysisTemplates: target?.analysisTemplates ?? 'objects',
          cluster: target?.cluster ?? name,
          provenOn: target?.provenOn ?? null,
        },
      ]),
    ),
    helper: {
      image: HELPER_IMAGE,
      imagePullSecrets: [],
      resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '96Mi' } },
      tolerations: [],
      labels: {},
      priorityClassName: null,
      ...written.helper,
    },
    gitops: { tool, managers: managers ?? MANAGERS[tool] },
    signing: written.signing
      ? { signers: written.signing.signers, validForSeconds: Duration.parse(written.signing.validFor ?? VALID_FOR).seconds }
      : null,
    groups: Object.fromEntries(
      Object.entries(written.groups ?? {}).map(([name, { limit = 1, releases }]): [string, Group] => [name, { limit, releases }]),
    ),
    alerts: written.alerts ? { labels: {}, stalledMinutes: 15, waitingMinutes: 240, ...written.alerts } : null,
    policy: policyOf(written.policy ?? {}),
  };
}

/** Where a part of `tidegate.yaml` stands, for what only its user can tell to be wrong. */
export const placeInProject = (source: string, segments: readonly string[]): SourceLocation =>
  readWritten(PROJECT_FILE, source, PROJECT_SCHEMA).place(segments);

function parse(source: string): Written {
  const { data, place } = readWritten(PROJECT_FILE, source, PROJECT_SCHEMA);
  const written = data as Written;
  const semantic = checkValues(written);
  if (semantic.length > 0)
    throw new ProblemError(semantic.map(([segments, message]) => ({ message, path: dottedPath(segments), at: place(segments) })));
  return written;
}

function waitsForItself(name: string, targets: NonNullable<Written['targets']>): boolean {
  const seen = new Set<string>();
  for (let at = targets[name]?.provenOn; at && !seen.has(at); at = targets[at]?.provenOn) {
    if (at === name) return true;
    seen.add(at);
  }
  return false;
}

function checkValues({ targets, helper, signing, groups }: Written): [segments: string[], message: string][] {
  const found: [string[], string][] = [];
  for (const name of Object.keys(targets ?? {})) {
    const message = dnsLabelProblem(name, 'target');
    if (message) found.push([['targets', name], `${message}.`]);
  }
  for (const [name, target] of Object.entries(targets ?? {})) {
    const before = target?.provenOn;
    const place = ['targets', name, 'provenOn'];
    if (typeof before !== 'string') continue;
    const declared = Object.keys(targets ?? {});
    const meant = nearest(before, declared);
    if (!declared.includes(before)) found.push([place, `there is no target '${before}'${meant ? `; did you mean '${meant}'?` : '.'}`]);
    else if (waitsForItself(name, targets ?? {}))
      found.push([place, `target '${name}' waits for itself: nothing could ever be proven first.`]);
  }
  const grouped = new Map<string, string>();
  for (const [group, { releases }] of Object.entries(groups ?? {}))
    for (const [index, name] of releases.entries()) {
      const other = grouped.get(name);
      if (other !== undefined)
        found.push([
          ['groups', group, 'releases', String(index)],
          `release '${name}' is in group '${other}' already: one is all it can wait in.`,
        ]);
      grouped.set(name, group);
    }
  for (const label of Object.keys(helper?.labels ?? {}))
    if (/^(?:tidegate\.dev\/|app\.kubernetes\.io\/(?:name|part-of|managed-by)$)/.test(label))
      found.push([['helper', 'labels', label], `'${label}' is Tidegate's own: it says which pods serve users.`]);
  if (signing?.validFor !== undefined) {
    try {
      Duration.parse(signing.validFor);
    } catch (error) {
      found.push([['signing', 'validFor'], `${error instanceof Error ? error.message : String(error)}.`]);
    }
  }
  if (helper?.image !== undefined) {
    try {
      parseImage(helper.image);
    } catch (error) {
      found.push([['helper', 'image'], `${error instanceof Error ? error.message : String(error)}.`]);
    }
  }
  return found;
}
