// What the API server checks in code and no schema says: names, ports, bounds, quantities, durations, exclusive fields.
import type { Schema } from './schema.ts';
import { visitSchema } from './schema.ts';

const DNS_LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]';

const text = (pattern: string, title: string): Schema => ({ type: 'string', pattern: `^(${pattern})$`, title });
const integer = (minimum: number, maximum?: number): Schema => ({ type: 'integer', minimum, ...(maximum !== undefined && { maximum }) });
const either = (pattern: string, minimum: number, maximum: number | null, title: string): Schema => ({
  type: ['integer', 'string'],
  minimum,
  ...(maximum !== null && { maximum }),
  pattern: `^(${pattern})$`,
  title,
});

export const NAMES = {
  subdomain: { ...text(`${DNS_LABEL}(\\.${DNS_LABEL})*`, 'a DNS name in lower case'), maxLength: 253 },
  label: text(DNS_LABEL, 'a DNS label: lower-case letters, digits and -, at most 63'),
  service: text('[a-z]([-a-z0-9]{0,61}[a-z0-9])?', 'a DNS label that starts with a letter: lower-case letters, digits and -, at most 63'),
  cronJob: text('[a-z0-9]([-a-z0-9.]{0,50}[a-z0-9])?', 'a DNS name in lower case of at most 52 characters'),
  path: text('(?!\\.{1,2}$)[^/%]+', 'a name without / and %'),
} as const;

export const PORT = integer(1, 65535);
const PORT_NAME = text(
  '(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?',
  'a port name: at most 15 lower-case letters, digits and -, with a letter',
);
const PORT_OR_NAME = either('(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?', 1, 65535, 'a port from 1 to 65535 or the name of one');
const COUNT_OR_PERCENT = either('\\d+%', 0, null, "a count or a percentage such as '25%'");
/** AnalysisTemplates may write any number as an argument to be filled in. */
const COUNT_OR_ARGUMENT = either('-?\\d+|.*\\{\\{.+\\}\\}.*', -1, null, "an integer or an argument such as '{{args.count}}'");
const QUANTITY: Schema = {
  type: ['string', 'number'],
  pattern: '^[+-]?(\\d+\\.?\\d*|\\.\\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d+)?$',
  title: "a quantity such as '100m', '0.5' or '128Mi'",
};
const DURATION = "a duration such as '30s' or '1m30s'";
/** A text of that form, named as the duration that it is. */
export const durationOf = (pattern: string): Schema => text(pattern, DURATION);
const GO_DURATION = text('0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+', DURATION);
const ARGO_DURATION = text('([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+|.*\\{\\{.+\\}\\}.*', DURATION);

/** Schemas of single values that every kind shares. */
const VALUES: Readonly<Record<string, Schema>> = {
  ApimachineryPkgApiResourceQuantity: QUANTITY,
  ApimachineryPkgUtilIntstrIntOrString: { type: ['integer', 'string'] },
};

const SCHEDULE = text(
  '(TZ=\\S+ |CRON_TZ=\\S+ )?(@(yearly|annually|monthly|weekly|daily|midnight|hourly|every .+)|\\S+( +\\S+){4})',
  "a schedule of five fields such as '*/5 * * * *'",
);
const POD_FIELD = text(
  "metadata\\.(name|namespace|uid|labels|annotations)(\\['.+'\\])?|spec\\.(nodeName|serviceAccountName)|status\\.(hostIPs?|podIPs?)",
  "a field of the pod such as 'metadata.name'",
);
const CIDR = text('[0-9.]+/\\d{1,2}|[0-9a-fA-F:.]+/\\d{1,3}', "an address range such as '10.0.0.0/8'");
const HOST = text(`(\\*\\.)?${DNS_LABEL}(\\.${DNS_LABEL})*`, "a host name in lower case such as 'web.example.com'");

/** The same, or an empty text, which Kubernetes takes for none. */
const orNothing = (schema: Schema): Schema => ({ ...schema, pattern: `^$|${schema.pattern}` });

/** What to change in a schema that has a name of its own. */
interface Patch {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly drop?: readonly string[];
  /** Fields of which at most one may be set. */
  readonly atMostOne?: readonly string[];
  /** Fields of which exactly one must be set. */
  readonly exactlyOne?: readonly string[];
}

const LABEL_VALUE = text(
  `(${QUALIFIED})?`,
  'a label value: at most 63 letters, digits, -, _ and ., starting and ending with a letter or digit',
);
const QUALIFIED_NAME: Schema = {
  pattern: `^(${DNS_LABEL}(\\.${DNS_LABEL})*/)?${QUALIFIED}$`,
  title: "a qualified name such as 'app' or 'example.com/app'",
};
const LABELS: Schema = { type: 'object', propertyNames: QUALIFIED_NAME, additionalProperties: LABEL_VALUE };
const ANNOTATIONS: Schema = { type: 'object', propertyNames: QUALIFIED_NAME, additionalProperties: { type: 'string' } };
/** Rules of single values for kinds whose definitions leave them to a controller. */
export const VALUE_RULES = { labels: LABELS, annotations: ANNOTATIONS, argoDuration: ARGO_DURATION, countOrArgument: COUNT_OR_ARGUMENT };
const QUALIFIED_TEXT: Schema = { type: 'string', ...QUALIFIED_NAME };
const CONFIG_KEYS: Schema = { pattern: '^(?!\\.{1,2}$)[-._a-zA-Z0-9]{1,253}$', title: 'a file name of letters, digits, -, _ and .' };
const KEY_OF: Patch = { required: ['name'], properties: { name: NAMES.subdomain, key: { type: 'string', ...CONFIG_KEYS } } };
const ALL_OF: Patch = { required: ['name'], properties: { name: NAMES.subdomain } };
const NAMED: Patch = { required: ['name'] };
const HANDLERS = ['exec', 'httpGet', 'tcpSocket'] as const;
const WEIGHT = integer(1, 100);

const PATCHES: Readonly<Record<string, Patch>> = {
  ApimachineryPkgApisMetaV1ObjectMeta: {
    drop: ['managedFields', 'selfLink'],
    properties: {
      namespace: NAMES.label,
      labels: LABELS,
      annotations: ANNOTATIONS,
    },
  },
  ApimachineryPkgApisMetaV1LabelSelector: { properties: { matchLabels: LABELS } },
  ApimachineryPkgApisMetaV1LabelSelectorRequirement: {
    properties: {
      key: QUALIFIED_TEXT,
      operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
      values: { type: 'array', items: LABEL_VALUE },
    },
  },
  AdmissionregistrationV1MatchCondition: { properties: { name: QUALIFIED_TEXT } },
  AdmissionregistrationV1NamedRuleWithOperations: { required: ['apiGroups', 'apiVersions', 'operations', 'resources'] },
  AdmissionregistrationV1ParamRef: {
    required: ['parameterNotFoundAction'],
    properties: { parameterNotFoundAction: { type: 'string', enum: ['Allow', 'Deny'] } },
    exactlyOne: ['name', 'selector'],
  },
  AdmissionregistrationV1ValidatingAdmissionPolicySpec: { required: ['matchConstraints'] },
  AdmissionregistrationV1ValidatingAdmissionPolicyBindingSpec: {
    required: ['policyName', 'validationActions'],
    properties: { policyName: NAMES.subdomain },
  },
  AdmissionregistrationV1Validation: {
    properties: { reason: { type: 'string', enum: ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'] } },
  },
  AppsV1RollingUpdateDaemonSet: { properties: { maxSurge: COUNT_OR_PERCENT, maxUnavailable: COUNT_OR_PERCENT } },
  AppsV1StatefulSetSpec: { properties: { serviceName: orNothing(NAMES.label) } },
  BatchV1CronJobSpec: { properties: { schedule: SCHEDULE } },
  BatchV1JobTemplateSpec: { required: ['spec'] },
  BatchV1PodFailurePolicyRule: { exactlyOne: ['onExitCodes', 'onPodConditions'] },
  AppsV1RollingUpdateDeployment: { properties: { maxSurge: COUNT_OR_PERCENT, maxUnavailable: COUNT_OR_PERCENT } },
  AutoscalingV2HPAScalingPolicy: {
    properties: { type: { type: 'string', enum: ['Pods', 'Percent'] }, periodSeconds: integer(1, 1800), value: integer(1) },
  },
  AutoscalingV2HPAScalingRules: {
    properties: { selectPolicy: { type: 'string', enum: ['Max', 'Min', 'Disabled'] }, stabilizationWindowSeconds: integer(0, 3600) },
  },
  AutoscalingV2HorizontalPodAutoscalerSpec: { properties: { minReplicas: integer(1), maxReplicas: integer(1) } },
  AutoscalingV2MetricSpec: {
    properties: { type: { type: 'string', enum: ['Resource', 'ContainerResource', 'Pods', 'Object', 'External'] } },
    exactlyOne: ['resource', 'containerResource', 'pods', 'object', 'external'],
  },
  AutoscalingV2MetricTarget: {
    properties: { type: { type: 'string', enum: ['Utilization', 'Value', 'AverageValue'] }, averageUtilization: integer(1) },
    exactlyOne: ['averageUtilization', 'averageValue', 'value'],
  },
  AutoscalingV2CrossVersionObjectReference: { required: ['apiVersion'] },
  CoreV1CSIVolumeSource: { properties: { driver: NAMES.subdomain } },
  CoreV1ConfigMapEnvSource: ALL_OF,
  CoreV1ConfigMapKeySelector: KEY_OF,
  CoreV1ConfigMapProjection: NAMED,
  CoreV1ConfigMapVolumeSource: NAMED,
  CoreV1DownwardAPIVolumeFile: { exactlyOne: ['fieldRef', 'resourceFieldRef'] },
  CoreV1HTTPHeader: { properties: { name: text('[-A-Za-z0-9]+', 'the name of a header: letters, digits and -') } },
  CoreV1NamespaceSpec: { properties: { finalizers: { type: 'array', items: QUALIFIED_TEXT } } },
  CoreV1ObjectFieldSelector: { properties: { fieldPath: POD_FIELD } },
  CoreV1PersistentVolumeClaimSpec: { required: ['accessModes', 'resources'], properties: { storageClassName: orNothing(NAMES.subdomain) } },
  CoreV1PodAffinityTerm: { properties: { topologyKey: QUALIFIED_TEXT } },
  CoreV1PodTemplateSpec: { required: ['spec'] },
  CoreV1ResourceFieldSelector: {
    properties: {
      resource: text('(limits|requests)\\.(cpu|memory|ephemeral-storage|hugepages-.+)', "a resource of the container such as 'limits.cpu'"),
    },
  },
  CoreV1SecretEnvSource: ALL_OF,
  CoreV1SecretKeySelector: KEY_OF,
  CoreV1SecretProjection: NAMED,
  CoreV1ServiceSpec: { properties: { selector: LABELS } },
  CoreV1VolumeResourceRequirements: { required: ['requests'] },
  CoreV1ClientIPConfig: { properties: { timeoutSeconds: integer(1, 86_400) } },
  CoreV1Container: {
    required: ['image'],
    properties: {
      name: NAMES.label,
      image: { type: 'string', minLength: 1 },
      restartPolicy: { type: 'string', enum: ['Always', 'Never', 'OnFailure'] },
    },
  },
  CoreV1ContainerPort: { properties: { containerPort: PORT, hostPort: PORT, name: PORT_NAME } },
  CoreV1ContainerResizePolicy: { properties: { restartPolicy: { type: 'string', enum: ['NotRequired', 'RestartContainer'] } } },
  CoreV1ConfigMap: {
    properties: {
      data: { type: 'object', propertyNames: CONFIG_KEYS, additionalProperties: { type: 'string' } },
      binaryData: { type: 'object', propertyNames: CONFIG_KEYS, additionalProperties: { type: 'string', format: 'byte' } },
    },
  },
  CoreV1EmptyDirVolumeSource: {
    properties: { medium: { type: 'string', enum: ['', 'Memory', 'HugePages', 'HugePages-2Mi', 'HugePages-1Gi'] } },
  },
  CoreV1EnvVar: { properties: { name: text('[^=\\x00-\\x1f]+', 'the name of a variable, without =') }, atMostOne: ['value', 'valueFrom'] },
  CoreV1EnvVarSource: { exactlyOne: ['configMapKeyRef', 'fieldRef', 'fileKeyRef', 'resourceFieldRef', 'secretKeyRef'] },
  CoreV1EnvFromSource: { exactlyOne: ['configMapRef', 'secretRef'] },
  CoreV1GRPCAction: { properties: { port: PORT } },
  CoreV1HTTPGetAction: { properties: { port: PORT_OR_NAME } },
  CoreV1LifecycleHandler: { exactlyOne: [...HANDLERS, 'sleep'] },
  CoreV1PodSpec: {
    drop: ['ephemeralContainers'],
    properties: {
      priority: { type: 'integer' },
      activeDeadlineSeconds: integer(1),
      serviceAccountName: NAMES.subdomain,
      priorityClassName: orNothing(NAMES.subdomain),
    },
  },
  CoreV1PreferredSchedulingTerm: { properties: { weight: WEIGHT } },
  CoreV1Probe: {
    exactlyOne: [...HANDLERS, 'grpc'],
    properties: {
      failureThreshold: integer(1),
      periodSeconds: integer(1),
      successThreshold: integer(1),
      timeoutSeconds: integer(1),
      terminationGracePeriodSeconds: integer(1),
    },
  },
  CoreV1Secret: {
    properties: {
      data: { type: 'object', propertyNames: CONFIG_KEYS, additionalProperties: { type: 'string', format: 'byte' } },
      stringData: { type: 'object', propertyNames: CONFIG_KEYS, additionalProperties: { type: 'string' } },
    },
  },
  CoreV1ServicePort: {
    properties: { port: PORT, nodePort: PORT, targetPort: PORT_OR_NAME, name: NAMES.label, appProtocol: QUALIFIED_TEXT },
  },
  CoreV1TCPSocketAction: { properties: { port: PORT_OR_NAME } },
  CoreV1Toleration: {
    properties: { key: orNothing(QUALIFIED_TEXT), tolerationSeconds: { type: 'integer' } },
  },
  CoreV1TopologySpreadConstraint: {
    properties: {
      maxSkew: integer(1),
      minDomains: integer(1),
      matchLabelKeys: { type: 'array', items: QUALIFIED_TEXT },
    },
  },
  CoreV1Volume: { properties: { name: NAMES.label } },
  CoreV1VolumeMount: {
    properties: {
      mountPath: text('[^:]+', 'a path without :'),
      recursiveReadOnly: { type: 'string', enum: ['Disabled', 'IfPossible', 'Enabled'] },
    },
  },
  CoreV1WeightedPodAffinityTerm: { properties: { weight: WEIGHT } },
  BatchV1JobSpec: { properties: { activeDeadlineSeconds: integer(1) } },
  NetworkingV1HTTPIngressPath: { properties: { path: orNothing(text('/.*', 'a path that starts with /')) } },
  NetworkingV1IngressBackend: { exactlyOne: ['resource', 'service'] },
  NetworkingV1IngressRule: { properties: { host: orNothing(HOST) } },
  NetworkingV1IngressServiceBackend: { required: ['port'], properties: { name: NAMES.label } },
  NetworkingV1IngressSpec: { properties: { ingressClassName: orNothing(NAMES.subdomain) } },
  NetworkingV1IngressTLS: { properties: { hosts: { type: 'array', items: HOST }, secretName: orNothing(NAMES.subdomain) } },
  NetworkingV1IPBlock: { properties: { cidr: CIDR, except: { type: 'array', items: CIDR } } },
  NetworkingV1NetworkPolicyPort: { properties: { port: PORT_OR_NAME, endPort: PORT } },
  NetworkingV1ServiceBackendPort: { properties: { number: PORT }, exactlyOne: ['name', 'number'] },
  PolicyV1PodDisruptionBudgetSpec: {
    properties: { minAvailable: COUNT_OR_PERCENT, maxUnavailable: COUNT_OR_PERCENT },
    exactlyOne: ['minAvailable', 'maxUnavailable'],
  },
  RbacV1RoleRef: {
    properties: {
      apiGroup: { type: 'string', enum: ['rbac.authorization.k8s.io'] },
      kind: { type: 'string', enum: ['Role', 'ClusterRole'] },
      name: NAMES.path,
    },
  },
  RbacV1Subject: { properties: { kind: { type: 'string', enum: ['ServiceAccount', 'User', 'Group'] } } },
};

const PORT_FIELDS = new Set(['port', 'number', 'targetPort', 'healthCheckNodePort']);

/** `IoK8sApiCoreV1Probe` as `CoreV1Probe`. */
function shortName(name: string): string {
  return name.replace(/^IoK8s(Api)?(?=[A-Z])/, '').replace(/^machinery/, 'Apimachinery');
}

/** Applies the patch of a named schema, if it has one. The patch must fit: a field that is gone upstream is an error here. */
export function refineNamed(fullName: string, schema: Schema): Schema {
  const name = shortName(fullName);
  const value = VALUES[name];
  if (value) return structuredClone(value);
  const patch = PATCHES[name];
  if (!patch) return schema;

  const properties = { ...schema.properties };
  for (const field of [
    ...(patch.drop ?? []),
    ...(patch.atMostOne ?? []),
    ...(patch.exactlyOne ?? []),
    ...Object.keys(patch.properties ?? {}),
  ])
    if (!(field in properties)) throw new Error(`${name} has no field ${field} any more`);
  for (const field of patch.drop ?? []) delete properties[field];
  const required = [...new Set([...(schema.required ?? []), ...(patch.required ?? [])])];
  const set = (keys: readonly string[]): Schema[] => keys.map((key) => ({ required: [key] }));
  return {
    ...schema,
    properties: { ...properties, ...structuredClone(patch.properties) },
    ...(required.length > 0 && { required }),
    ...(patch.exactlyOne && { oneOf: set(patch.exactlyOne) }),
    ...(patch.atMostOne && { oneOf: [{ not: { anyOf: set(patch.atMostOne) } }, ...set(patch.atMostOne)] }),
  };
}

/** Makes a schema strict and drops what only machines care for. Runs once everything is inlined. */
export function refineAll(root: Schema): void {
  visitSchema(root, (schema, name) => {
    if (schema.type === 'object' && schema.properties && schema.additionalProperties === undefined) schema.additionalProperties = false;
    if (schema.type === 'integer') {
      if (PORT_FIELDS.has(name)) Object.assign(schema, PORT);
      else if (schema.minimum === undefined && schema.title === undefined && !SIGNED.has(name)) schema.minimum = 0;
      if (schema.format === 'int32' && schema.maximum === undefined) schema.maximum = 2 ** 31 - 1;
    }
    refineFormat(schema);
    refineConditions(schema);
  });
}

const SIGNED = new Set(['priority', 'tolerationSeconds']);

export function refineFormat(schema: Schema): void {
  switch (schema.format) {
    case 'byte':
      Object.assign(schema, text('(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?', 'base64'));
      break;
    case 'duration':
      Object.assign(schema, GO_DURATION);
      break;
    case 'ipv4':
      Object.assign(schema, text('((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}', "an address such as '10.0.0.1'"));
      break;
    case 'ipv6':
      Object.assign(schema, text('[0-9a-fA-F:.]*:[0-9a-fA-F:.]*', "an address such as '2001:db8::1'"));
      break;
    case 'date-time':
      Object.assign(
        schema,
        text('\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)', "a time such as '2026-01-31T12:00:00Z'"),
      );
      break;
    case undefined:
    case 'double':
    case 'int32':
    case 'int64':
    // The API server knows neither.
    case 'string':
    case 'url':
      break;
    default:
      throw new Error(`the generator does not know the format ${schema.format} yet`);
  }
  delete schema.format;
}

/** `allOf` with one member is that member; a condition reads `not: {anyOf}` and not `not: {allOf: [{anyOf}]}`. */
function refineConditions(schema: Schema): void {
  for (const part of [schema, ...(schema.oneOf ?? [])]) {
    const [only, ...more] = part.not?.allOf ?? [];
    if (only && more.length === 0) part.not = only;
  }
  const [only, ...more] = schema.allOf ?? [];
  if (only && more.length === 0 && !Object.keys(only).some((key) => key in schema)) {
    delete schema.allOf;
    Object.assign(schema, only);
  }
}
