// Writes lib/schema/kinds: one strict JSON Schema for each kind that Tidegate emits or reads. Offline; run `npm run gen:schemas`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hoistRepeated } from './schemas/hoist.ts';
import { NAMES, refineAll, refineNamed } from './schemas/rules.ts';
import type { Schema } from './schemas/schema.ts';
import { readValidator } from './schemas/validators.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = {
  kubernetes: 'kubernetes-models',
  meta: '@kubernetes-models/apimachinery',
  argo: '@kubernetes-models/argo-rollouts',
  gateway: '@kubernetes-models/gateway-api',
  istio: '@kubernetes-models/istio',
} as const;

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The validator that the packages carry for it. */
  readonly validator: string;
  /** How its objects may be named. @default a DNS subdomain */
  readonly name?: Schema;
  /** Top-level fields that the API server insists on, beside apiVersion, kind and metadata. */
  readonly required?: readonly string[];
}

const kubernetes = (apiVersion: string, validator: string, rest: Partial<Kind> = {}): Kind => ({
  apiVersion,
  kind: validator.replace(/^.*V\d/, ''),
  validator: `${PACKAGES.kubernetes}/_schemas/IoK8sApi${validator}`,
  ...rest,
});
const istio = (version: string, kind: string): Kind => ({
  apiVersion: `networking.istio.io/${version}`,
  kind,
  validator: `${PACKAGES.istio}/_schemas/NetworkingIstioIo${version.replace('v', 'V')}${kind}`,
  required: ['spec'],
});

const SPEC = { required: ['spec'] };
const KINDS: readonly Kind[] = [
  kubernetes('v1', 'CoreV1ConfigMap'),
  kubernetes('v1', 'CoreV1PersistentVolumeClaim', SPEC),
  kubernetes('v1', 'CoreV1Secret'),
  kubernetes('v1', 'CoreV1Service', { ...SPEC, name: NAMES.service }),
  kubernetes('v1', 'CoreV1ServiceAccount'),
  kubernetes('v1', 'CoreV1Namespace'),
  kubernetes('v1', 'CoreV1Pod', SPEC),
  kubernetes('apps/v1', 'AppsV1DaemonSet', SPEC),
  kubernetes('apps/v1', 'AppsV1Deployment', SPEC),
  kubernetes('apps/v1', 'AppsV1StatefulSet', SPEC),
  kubernetes('autoscaling/v2', 'AutoscalingV2HorizontalPodAutoscaler', SPEC),
  kubernetes('batch/v1', 'BatchV1CronJob', { ...SPEC, name: NAMES.cronJob }),
  kubernetes('batch/v1', 'BatchV1Job', { ...SPEC, name: NAMES.label }),
  kubernetes('networking.k8s.io/v1', 'NetworkingV1Ingress', SPEC),
  kubernetes('networking.k8s.io/v1', 'NetworkingV1NetworkPolicy', SPEC),
  kubernetes('policy/v1', 'PolicyV1PodDisruptionBudget', SPEC),
  kubernetes('rbac.authorization.k8s.io/v1', 'RbacV1Role', { name: NAMES.path }),
  kubernetes('rbac.authorization.k8s.io/v1', 'RbacV1RoleBinding', { name: NAMES.path }),
  istio('v1', 'DestinationRule'),
  istio('v1', 'VirtualService'),
  istio('v1beta1', 'DestinationRule'),
  istio('v1beta1', 'VirtualService'),
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    validator: `${PACKAGES.gateway}/_schemas/IoK8sSigsGatewayApiApisV1HTTPRoute`,
    required: ['spec'],
  },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    validator: `${PACKAGES.argo}/_schemas/ComGithubArgoprojArgoRolloutsPkgApisRolloutsV1alpha1AnalysisTemplate`,
    required: ['spec'],
  },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ClusterAnalysisTemplate',
    validator: `${PACKAGES.argo}/_schemas/ComGithubArgoprojArgoRolloutsPkgApisRolloutsV1alpha1ClusterAnalysisTemplate`,
    required: ['spec'],
  },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    validator: `${PACKAGES.argo}/_schemas/ComGithubArgoprojArgoRolloutsPkgApisRolloutsV1alpha1Rollout`,
    required: ['spec'],
  },
];

/** Name and text of every file in `lib/schema/kinds`. */
export function generateSchemas(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const kind of KINDS) files.set(fileName(kind), `${JSON.stringify(schemaOf(kind), null, 1)}\n`);
  const manifest = {
    about: 'Generated from the packages below; change tools/gen-schemas.ts and run: npm run gen:schemas',
    packages: Object.fromEntries(Object.values(PACKAGES).map((name) => [name, packageVersion(name)])),
    kinds: KINDS.map((kind) => ({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      file: fileName(kind),
      sha256: createHash('sha256')
        .update(files.get(fileName(kind)) ?? '')
        .digest('hex'),
    })),
  };
  return files.set('manifest.json', `${JSON.stringify(manifest, null, 1)}\n`);
}

function schemaOf({ apiVersion, kind, validator, name = NAMES.subdomain, required = [] }: Kind): Schema {
  const { properties = {}, ...rest } = readValidator(validator, refineNamed);
  const { status: _, metadata, ...fields } = properties;
  // Istio's schemas leave the metadata to the API server.
  const meta = metadata?.properties
    ? metadata
    : readValidator(`${PACKAGES.meta}/_schemas/IoK8sApimachineryPkgApisMetaV1ObjectMeta`, refineNamed);
  const schema: Schema = {
    ...rest,
    type: 'object',
    required: [...new Set(['apiVersion', 'kind', 'metadata', ...required, ...(rest.required ?? [])])],
    properties: {
      ...fields,
      apiVersion: { const: apiVersion },
      kind: { const: kind },
      metadata: { ...meta, required: ['name'], properties: { ...meta.properties, name } },
    },
  };
  refineAll(schema, apiVersion.split('/')[0] ?? '');
  return hoistRepeated(structuredClone(schema));
}

const fileName = ({ apiVersion, kind }: Kind): string =>
  `${apiVersion.includes('/') ? apiVersion.replace('/', '_') : `core_${apiVersion}`}_${kind}.json`;

function packageVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(`${ROOT}/node_modules/${name}/package.json`, 'utf8')) as { version: string };
  return version;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = `${ROOT}/lib/schema/kinds`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of generateSchemas()) writeFileSync(`${folder}/${file}`, text);
}
