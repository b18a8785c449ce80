// Writes lib/schema/kinds: one strict JSON Schema for each kind that Tidegate emits or reads. Offline; run `npm run gen:schemas`.
// Built-in kinds come from packages. Custom kinds come from their projects' definitions, files `<group>_<plural>.yaml` of the
// folder TIDEGATE_CLUSTER_CRDS; without it the custom kinds stay as they are.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CUSTOM_KINDS, type CustomKind, PROJECTS } from './schemas/custom-kinds.ts';
import { readDefinition } from './schemas/definitions.ts';
import { hoistRepeated } from './schemas/hoist.ts';
import { refineCustom } from './schemas/refine-custom.ts';
import { NAMES, refineAll, refineNamed } from './schemas/rules.ts';
import type { Schema } from './schemas/schema.ts';
import { readValidator } from './schemas/validators.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = `${ROOT}/lib/schema/kinds`;
const PACKAGES = {
  kubernetes: 'kubernetes-models',
  meta: '@kubernetes-models/apimachinery',
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
const SPEC = { required: ['spec'] };
const BUILT_IN: readonly Kind[] = [
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
  kubernetes('rbac.authorization.k8s.io/v1', 'RbacV1ClusterRole', { name: NAMES.path }),
  kubernetes('rbac.authorization.k8s.io/v1', 'RbacV1ClusterRoleBinding', { name: NAMES.path }),
  kubernetes('admissionregistration.k8s.io/v1', 'AdmissionregistrationV1ValidatingAdmissionPolicy', SPEC),
  kubernetes('admissionregistration.k8s.io/v1', 'AdmissionregistrationV1ValidatingAdmissionPolicyBinding', SPEC),
];

/**
 * Name and text of every file in `lib/schema/kinds`.
 * @param definitions folder of the custom kinds' definitions; null: those kinds are taken as they were last generated
 */
export function generateSchemas(definitions: string | null): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const kind of BUILT_IN) files.set(fileName(kind), written(builtIn(kind)));
  for (const kind of CUSTOM_KINDS) {
    const file = fileName(kind);
    files.set(file, definitions === null ? readFileSync(join(FOLDER, file), 'utf8') : written(custom(kind, definitions)));
  }
  const manifest = {
    about: 'Generated from the packages and definitions below; change tools/gen-schemas.ts and run: npm run gen:schemas',
    packages: Object.fromEntries(Object.values(PACKAGES).map((name) => [name, packageVersion(name)])),
    definitions: PROJECTS,
    kinds: [...BUILT_IN, ...CUSTOM_KINDS].map((kind) => ({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      file: fileName(kind),
      sha256: createHash('sha256')
        .update(files.get(fileName(kind)) ?? '')
        .digest('hex'),
    })),
  };
  return files.set('manifest.json', written(manifest));
}

const written = (data: object): string => `${JSON.stringify(data, null, 1)}\n`;

function builtIn({ validator, ...kind }: Kind): Schema {
  const schema = objectSchema(kind, readValidator(validator, refineNamed));
  refineAll(schema);
  return hoistRepeated(structuredClone(schema));
}

function custom({ apiVersion, kind, file, refinement }: CustomKind, folder: string): Schema {
  const [, version = ''] = apiVersion.split('/');
  const definition = refineCustom(readDefinition(join(folder, file), version), refinement);
  // The definitions leave the metadata to the API server. Without a spec none of these kinds does anything.
  const { metadata: _, ...properties } = definition.properties ?? {};
  const schema = objectSchema({ apiVersion, kind, required: ['spec'] }, { ...definition, properties });
  return hoistRepeated(structuredClone(schema));
}

/** What every object has, with what only those of this kind have; nobody writes a status. */
function objectSchema({ apiVersion, kind, name = NAMES.subdomain, required = [] }: Omit<Kind, 'validator'>, own: Schema): Schema {
  const { properties = {}, ...rest } = own;
  const { status: _, metadata = metadataSchema(), ...fields } = properties;
  return {
    ...rest,
    type: 'object',
    additionalProperties: false,
    required: [...new Set(['apiVersion', 'kind', 'metadata', ...required, ...(rest.required ?? [])])],
    properties: {
      ...fields,
      apiVersion: { const: apiVersion },
      kind: { const: kind },
      metadata: { ...metadata, required: ['name'], properties: { ...metadata.properties, name } },
    },
  };
}

function metadataSchema(): Schema {
  const schema = readValidator(`${PACKAGES.meta}/_schemas/IoK8sApimachineryPkgApisMetaV1ObjectMeta`, refineNamed);
  refineAll(schema);
  return schema;
}

const fileName = ({ apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>): string =>
  `${apiVersion.includes('/') ? apiVersion.replace('/', '_') : `core_${apiVersion}`}_${kind}.json`;

function packageVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(`${ROOT}/node_modules/${name}/package.json`, 'utf8')) as { version: string };
  return version;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = generateSchemas(process.env.TIDEGATE_CLUSTER_CRDS ?? null);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, text] of files) writeFileSync(`${FOLDER}/${file}`, text);
}
