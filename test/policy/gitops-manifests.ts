// Applications, ApplicationSets and Kustomizations of other people, beside a release in flight that they may apply.
import { toYaml } from '../../lib/output/yaml.ts';
import { lint } from '../../lib/policy/lint.ts';
import type { SourceText } from '../../lib/policy/read/objects.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { gitopsAppliesAsWritten } from '../../policies/gitops-applies-as-written.ts';
import { gitopsIgnoresWeights } from '../../policies/gitops-ignores-weights.ts';
import { gitopsNeverWaits } from '../../policies/gitops-never-waits.ts';
import { compile, image } from '../constructs/compiling.ts';

const RULES = [gitopsAppliesAsWritten, gitopsIgnoresWeights, gitopsNeverWaits];

const GATEWAY = { 'traffic.router': 'gateway-api', 'traffic.retries': undefined };
const inFlight = (changes: Readonly<Record<string, unknown>>) => {
  const { lock } = compile(changes, null);
  return compile({ ...changes, image: image('a') }, lock);
};
export const ISTIO_RELEASE = inFlight({});
export const GATEWAY_RELEASE = inFlight(GATEWAY);

const filed = (objects: readonly KubeObject[], folder: string): readonly SourceText[] =>
  objects.map((object) => {
    return {
      name: `${folder}/${object.kind}-${object.metadata.name}.yaml`,
      value: object,
      get text() {
        return toYaml(object);
      },
    };
  });

/** What the rules say, as severity, rule without its prefix, and path. */
export function found(
  text: string,
  { name = 'apps/shop.yaml', objects = ISTIO_RELEASE.objects, folder = 'dist/production/shop/web' } = {},
) {
  const { findings } = lint({ texts: [{ name, text }, ...filed(objects, folder)], unreadable: [] }, { rules: RULES });
  return findings.map(({ severity, rule, path }) => `${severity} ${rule.replace('gitops-', '')} ${path}`);
}

export const IGNORES = "{ group: networking.istio.io, kind: VirtualService, jqPathExpressions: ['.spec.http[]?.route[]?.weight'] }";
export const SOURCE = '{ repoURL: https://git.example.com/shop/releases.git, path: dist/production, directory: { recurse: true } }';

export interface Written {
  readonly source?: string;
  readonly destination?: string;
  readonly ignore?: readonly string[];
  readonly options?: readonly string[];
}
const written = ({
  source = `source: ${SOURCE}`,
  destination = '{ server: https://kubernetes.default.svc }',
  ignore = [IGNORES],
  options = ['ApplyOutOfSyncOnly=true', 'PruneLast=true'],
}: Written) => `project: default
${source}
destination: ${destination}
ignoreDifferences: [${ignore.join(', ')}]
syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: [${options.join(', ')}] }`;

const indent = (text: string, by: number) => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
export const application = (app: Written) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec:
${indent(written(app), 2)}
`;
export const applicationSet = (generators: string, app: Written, more = '') => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: shop, namespace: argocd }
spec:
  generators: ${generators}
  template:
    metadata: { name: '{{name}}' }
    spec:
${indent(written(app), 6)}
${more}`;
export const kustomization = (path: string, more = '') => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop, namespace: flux-system }
spec:
  interval: 10m
  path: ${path}
  prune: true
  sourceRef: { kind: GitRepository, name: shop }
${indent(more, 2)}
`;

export type Case = readonly [what: string, manifest: string, findings: readonly string[]];
