/** What `tidegate.yaml` says to the linter. Rules are named by their ids. */
export interface PolicyConfig {
  /** Severity of what a rule finds, instead of its own. What a rule only tells for information stays so. */
  readonly severity: Severities;
  /** Severities in a namespace, before those for all. */
  readonly namespaces: Readonly<Record<string, { readonly severity: Severities }>>;
  /** Severities of a release, before those of its namespace. A Rollout or Canary is a release of its own name. */
  readonly releases: Readonly<Record<string, { readonly severity: Severities }>>;
  /**
   * Words in the name of a release that make it one of high risk to the linter, unless its label `tidegate.dev/risk` says
   * otherwise; `*` stands for anything. Words are what stands between `-` and `.`.
   */
  readonly highRisk: readonly string[];
  /** What exists outside of what is linted: `Kind/namespace/name`, with `*` for anything in a part. A reference to it is no finding. */
  readonly externals: readonly string[];
  /** Numbers of rules that have some, by rule and name. */
  readonly thresholds: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export type Severities = Readonly<Record<string, 'error' | 'warning' | 'info'>>;

export const DEFAULT_POLICY: PolicyConfig = {
  severity: {},
  namespaces: {},
  releases: {},
  highRisk: ['payment', 'payments', 'auth'],
  externals: [],
  thresholds: {},
};

const severities = { type: 'object', additionalProperties: { enum: ['error', 'warning', 'info'] } } as const;
const scopes = {
  type: 'object',
  additionalProperties: { type: 'object', additionalProperties: false, properties: { severity: severities } },
} as const;
const texts = { type: 'array', items: { type: 'string', minLength: 1 } } as const;

export const POLICY_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    severity: severities,
    namespaces: scopes,
    releases: scopes,
    highRisk: texts,
    externals: texts,
    thresholds: { type: 'object', additionalProperties: { type: 'object', additionalProperties: { type: 'number' } } },
  },
} as const;

type WrittenScopes = Readonly<Record<string, { readonly severity?: Severities }>>;

/** As it is written: whatever is left out has its default. */
export type WrittenPolicy = Partial<Omit<PolicyConfig, 'namespaces' | 'releases'>> & {
  readonly namespaces?: WrittenScopes;
  readonly releases?: WrittenScopes;
};

export function policyOf({ namespaces = {}, releases = {}, ...written }: WrittenPolicy): PolicyConfig {
  return { ...DEFAULT_POLICY, ...written, namespaces: filled(namespaces), releases: filled(releases) };
}

const filled = (scopes: WrittenScopes): PolicyConfig['namespaces'] =>
  Object.fromEntries(Object.entries(scopes).map(([name, { severity = {} }]) => [name, { severity }]));
