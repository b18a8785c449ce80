import { describe, expect, it } from 'vitest';
import { describeObject, type KubeObject } from '../../lib/schema/kube.ts';
import { formatProblem } from '../../lib/schema/problem.ts';
import { checkObject, hasSchema } from '../../lib/schema/validate.ts';
import { changed } from './change.ts';
import {
  ANALYSIS_TEMPLATE,
  CONFIG_MAP,
  CORPUS,
  DEPLOYMENT,
  DESTINATION_RULE,
  HPA,
  HTTP_ROUTE,
  JOB,
  NETWORK_POLICY,
  PDB,
  ROLE,
  ROLE_BINDING,
  SECRET,
  SERVICE,
  VIRTUAL_SERVICE,
} from './corpus.ts';
import { OTHER_KINDS } from './corpus-kinds.ts';

const sentences = (object: KubeObject) => checkObject(object).map(formatProblem);

describe('an object as a platform team writes it', () => {
  it.each([...CORPUS, ...OTHER_KINDS].map((object) => [describeObject(object), object] as const))('passes: %s', (_, object) => {
    expect(hasSchema(object.apiVersion, object.kind)).toBe(true);
    expect(sentences(object)).toEqual([]);
  });
});

describe('a kind without a schema', () => {
  it('is known as such, and has no problems', () => {
    expect(hasSchema('apps/v1', 'ReplicaSet')).toBe(false);
    expect(hasSchema('../../apps/v1', 'Deployment')).toBe(false);
    expect(checkObject({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web' } })).toEqual([]);
  });
});

/** [path to change, new value (undefined removes it), what the message must say] */
type Mutation = readonly [path: string, value: unknown, message: string];

function rejects(object: KubeObject, mutations: readonly Mutation[]): void {
  describe(`a ${object.kind}`, () => {
    it.each(mutations)('is refused with %s = %j: %s', (path, value, message) => {
      const found = sentences(changed(object, path, value));
      expect(found, 'one mistake, one problem').toHaveLength(1);
      expect(found[0]).toContain(message);
    });
  });
}

const pod = '/spec/template/spec';
const web = `${pod}/containers/0`;
rejects(DEPLOYMENT, [
  ['/spc', {}, "/spc: unknown field 'spc', did you mean 'spec'?"],
  [`${web}/livenesProbe`, {}, `${web}/livenesProbe: unknown field 'livenesProbe', did you mean 'livenessProbe'?`],
  [`${web}/resources/request`, {}, "did you mean 'requests'?"],
  [`${web}/image`, undefined, `${web}: 'image' is missing, expected a text that is not empty.`],
  [`${web}/name`, 'Web_1', 'expected a DNS label'],
  [`${web}/imagePullPolicy`, 'always', "found 'always', expected one of 'Always', 'IfNotPresent' or 'Never'; did you mean 'Always'?"],
  [`${web}/ports/0/containerPort`, 80_800, 'found 80800, expected an integer from 1 to 65535.'],
  [`${web}/ports/0/containerPort`, '8080', "found '8080', expected an integer from 1 to 65535."],
  [`${web}/ports/0/name`, 'a-name-that-is-too-long', 'expected a port name'],
  [`${web}/readinessProbe/httpGet/port`, 'Not A Port', 'expected a port from 1 to 65535 or the name of one.'],
  [`${web}/readinessProbe/exec`, { command: ['true'] }, "found 'exec' and 'httpGet' together, expected only one of them."],
  [`${web}/readinessProbe/httpGet`, undefined, "found none of 'exec', 'httpGet', 'tcpSocket' and 'grpc', expected exactly one."],
  [`${web}/readinessProbe/periodSeconds`, 0, 'expected an integer of at least 1'],
  [`${web}/lifecycle/preStop/sleep/seconds`, '15s', "found '15s', expected an integer"],
  [`${web}/env/0/value`, 8080, '/env/0/value: found 8080, expected a text.'],
  [`${web}/env/0/valueFrom`, { fieldRef: { fieldPath: 'spec.nodeName' } }, "found 'value' and 'valueFrom' together"],
  [`${web}/resources/requests/cpu`, 'lots', "found 'lots', expected a quantity such as '100m'"],
  [`${web}/resources/limits/memory`, '512MB', "found '512MB', expected a quantity"],
  [`${web}/securityContext/capabilities/dorp`, ['ALL'], "did you mean 'drop'?"],
  ['/spec/replicas', 1.5, '/spec/replicas: found 1.5, expected an integer of at least 0.'],
  ['/spec/replicas', -1, 'found -1, expected an integer of at least 0.'],
  ['/spec/replicas', null, 'found null, expected an integer'],
  ['/spec/strategy/rollingUpdate/maxSurge', '25', "expected a count or a percentage such as '25%'"],
  ['/spec/strategy/type', 'Rolling', "expected one of 'Recreate' or 'RollingUpdate'"],
  ['/spec/selector', undefined, "/spec: 'selector' is missing"],
  ['/spec', undefined, "'spec' is missing"],
  ['/metadata/name', undefined, "/metadata: 'name' is missing"],
  ['/metadata/name', 'Web', "/metadata/name: found 'Web', expected a DNS name in lower case."],
  ['/metadata/labels', { app: true }, '/metadata/labels/app: found true, expected a label value'],
  ['/metadata/labels', { app: 'not a label' }, 'expected a label value'],
  ['/metadata/labels', { 'a b': 'x' }, "/metadata/labels/a b: found 'a b', expected a qualified name"],
  [`${pod}/topologySpreadConstraints/0/maxSkew`, 0, 'expected an integer of at least 1'],
  [`${pod}/topologySpreadConstraints/0/matchLabelKey`, [], "did you mean 'matchLabelKeys'?"],
  [`${pod}/volumes/0/configmap`, {}, "did you mean 'configMap'?"],
  [`${pod}/volumes/1/emptyDir/sizeLimit`, '64 MB', 'expected a quantity'],
  [`${pod}/tolerations/0/operator`, 'Exist', "did you mean 'Exists'?"],
  [`${pod}/containers`, {}, `${pod}/containers: found an object, expected a list`],
]);
rejects(SERVICE, [
  ['/spec/ports/0/port', 0, 'expected an integer from 1 to 65535'],
  ['/spec/ports/0/port', undefined, "'port' is missing"],
  ['/spec/ports/0/targetPort', 70_000, 'expected a port from 1 to 65535 or the name of one'],
  ['/spec/ports/0/targetport', 80, "did you mean 'targetPort'?"],
  ['/spec/ports/0/protocol', 'HTTP', "expected one of 'SCTP', 'TCP' or 'UDP'"],
  ['/spec/selector', { app: 1 }, '/spec/selector/app: found 1'],
  ['/spec/selector', ['app'], 'expected an object'],
  ['/spec/type', 'ClusterIp', "did you mean 'ClusterIP'?"],
  ['/spec/publishNotReadyAddresses', 'true', "found 'true', expected true or false"],
  ['/spec/sessionAffinityConfig/clientIP/timeoutSeconds', 86_401, 'expected an integer from 1 to 86400'],
  ['/metadata/name', '1web', 'expected a DNS label that starts with a letter'],
  ['/status', {}, "unknown field 'status'"],
]);
rejects(CONFIG_MAP, [
  ['/data/runner.mjs', 1, 'found 1, expected a text.'],
  ['/data', { 'a/b': 'x' }, 'expected a file name'],
  ['/data', { nested: { a: 'b' } }, '/data/nested: found an object, expected a text'],
  ['/data', { flag: true }, 'found true'],
  ['/data', { '..': 'x' }, 'expected a file name'],
  ['/data', [], 'found a list, expected an object'],
  ['/binaryData/logo.png', 'not base64!', 'expected base64'],
  ['/immutable', 'yes', 'expected true or false'],
  ['/imutable', true, "did you mean 'immutable'?"],
  ['/spec', {}, "unknown field 'spec'"],
  ['/metadata/namespace', 'my.shop', 'expected a DNS label'],
]);
rejects(HPA, [
  ['/spec/maxReplicas', undefined, "'maxReplicas' is missing"],
  ['/spec/maxReplicas', 2.5, 'found 2.5'],
  ['/spec/minReplicas', 0, 'expected an integer'],
  ['/spec/scaleTargetRef/name', undefined, "'name' is missing"],
  ['/spec/metrics/0/type', 'CPU', "expected one of 'Resource'"],
  ['/spec/metrics/0/resource/target/type', 'Utilisation', "did you mean 'Utilization'?"],
  ['/spec/metrics/0/resource/target/averageUtilization', '70%', "found '70%'"],
  ['/spec/metrics/0/resource/targetAverageUtilization', 70, "unknown field 'targetAverageUtilization'"],
  ['/spec/metrics/1/pods/target/averageValue', 'many', 'expected a quantity'],
  ['/spec/metrics/0/pods', { metric: { name: 'x' }, target: { type: 'Value', value: 1 } }, 'together, expected only one'],
  ['/spec/behavior/scaleDown/selectPolicy', 'disabled', "did you mean 'Disabled'?"],
  ['/spec/behavior/scaleUp/stabilizationWindowSeconds', 3601, 'expected an integer from 0 to 3600'],
  ['/spec/behavior/scaleUp/policies/0/periodSeconds', 0, 'from 1 to 1800'],
  ['/spec/behaviour', {}, "did you mean 'behavior'?"],
]);
rejects(PDB, [
  ['/spec/minAvailable', 1, "found 'minAvailable' and 'maxUnavailable' together"],
  ['/spec/maxUnavailable', undefined, 'expected exactly one'],
  ['/spec/maxUnavailable', '1', "expected a count or a percentage such as '25%'"],
  ['/spec/maxUnavailable', -1, 'found -1'],
  ['/spec/maxUnavailable', 0.5, 'found 0.5'],
  ['/spec/maxUnavailable', true, 'found true'],
  ['/spec/selector/matchLables', {}, "did you mean 'matchLabels'?"],
  ['/spec/selector', 'app=web', "found 'app=web', expected an object"],
  ['/spec/unhealthyPodEvictionPolicy', 'Always', "expected one of 'AlwaysAllow'"],
  ['/spec', undefined, "'spec' is missing"],
]);
rejects(NETWORK_POLICY, [
  ['/spec/policyTypes/1', 'egress', "did you mean 'Egress'?"],
  ['/spec/policyTypes', 'Ingress', 'expected a list'],
  ['/spec/ingress/0/from/0/namespaceSelecter', {}, "did you mean 'namespaceSelector'?"],
  ['/spec/ingress/0/ports/0/port', 0, 'expected a port'],
  ['/spec/ingress/0/ports/0/protocol', 'HTTP', 'expected one of'],
  ['/spec/egress/0/to/0/ipBlock/cidr', 'everything', 'expected an address range'],
  ['/spec/egress/0/to/0/ipBlock/cidr', undefined, "'cidr' is missing"],
  ['/spec/egress/0/ports/0/endPort', '6443', "found '6443'"],
  ['/spec/egres', [], "did you mean 'egress'?"],
  ['/spec/podSelector/matchLabels/app', null, 'found null'],
]);
rejects(ROLE, [
  ['/rules/0/verbs', undefined, "/rules/0: 'verbs' is missing"],
  ['/rules/0/verbs', 'get', 'expected a list'],
  ['/rules/0/verb', ['get'], "did you mean 'verbs'?"],
  ['/rules/0/resourceName', ['web'], "did you mean 'resourceNames'?"],
  ['/rules/0/resourceNames/0', 1, 'found 1'],
  ['/rules/0/apiGroup', [''], "did you mean 'apiGroups'?"],
  ['/rules/1/resources', { configmaps: true }, 'expected a list'],
  ['/rules', {}, 'found an object, expected a list'],
  ['/spec', {}, "unknown field 'spec'"],
  ['/metadata/name', 'web/runner', 'expected a name without / and %'],
]);
rejects(ROLE_BINDING, [
  ['/roleRef', undefined, "'roleRef' is missing"],
  ['/roleRef/kind', 'ServiceAccount', "expected one of 'Role' or 'ClusterRole'"],
  ['/roleRef/apiGroup', 'rbac', "expected 'rbac.authorization.k8s.io'"],
  ['/roleRef/name', undefined, "'name' is missing"],
  ['/roleRef/namespace', 'shop', "unknown field 'namespace'"],
  ['/subjects/0/kind', 'Serviceaccount', "did you mean 'ServiceAccount'?"],
  ['/subjects/0/name', undefined, "'name' is missing"],
  ['/subjects/0/namespaces', 'shop', "did you mean 'namespace'?"],
  ['/subjects', {}, 'expected a list'],
  ['/subject', [], "did you mean 'subjects'?"],
]);
rejects(JOB, [
  ['/spec/backoffLimit', -1, 'found -1'],
  ['/spec/backofLimit', 0, "did you mean 'backoffLimit'?"],
  ['/spec/activeDeadlineSeconds', 0, 'expected an integer'],
  ['/spec/ttlSecondsAfterFinished', '1d', "found '1d'"],
  ['/spec/completions', 1.5, 'found 1.5'],
  ['/spec/suspend', 'false', 'expected true or false'],
  ['/spec/template/spec/restartPolicy', 'never', "did you mean 'Never'?"],
  ['/spec/template/spec/containers', undefined, "'containers' is missing"],
  ['/spec/template', undefined, "'template' is missing"],
  ['/spec/podFailurePolicy/rules/0/action', 'Fail', 'expected one of'],
  ['/spec/template/spec/initContainers/0/restartPolicy', 'always', "did you mean 'Always'?"],
  ['/metadata/name', 'x'.repeat(64), 'expected a DNS label'],
]);
const route = '/spec/http/1/route';
rejects(VIRTUAL_SERVICE, [
  [`${route}/0/weight`, 50.5, 'found 50.5'],
  [`${route}/0/weight`, -1, 'found -1'],
  [`${route}/0/wieght`, 1, "did you mean 'weight'?"],
  [`${route}/0/destination/host`, undefined, "'host' is missing"],
  [`${route}/0/destination/port/number`, 0, 'expected an integer from 1 to 65535'],
  [`${route}/0/destination`, undefined, "'destination' is missing"],
  ['/spec/http/1/routes', [], "did you mean 'route'?"],
  ['/spec/http/1/timeout', '90', "found '90', expected a duration such as '30s'"],
  ['/spec/http/1/retries/perTryTimeout', '2 seconds', 'expected a duration'],
  ['/spec/http/1/retries/attempts', 'two', "found 'two'"],
  ['/spec/http/0/match/0/uri/exact', '/x', "found 'exact' and 'prefix' together"],
  ['/spec/http/0/match/0/headers/x-canary', 'always', "found 'always', expected an object"],
  ['/spec/http/0/mirrorPercentage/value', '10', "found '10', expected a number"],
  ['/spec/http/2/delegate/names', 'docs', "did you mean 'name'?"],
  ['/spec/hosts', 'web', 'expected a list'],
]);
const policy = '/spec/trafficPolicy';
rejects(DESTINATION_RULE, [
  ['/spec/host', undefined, "'host' is missing"],
  [`${policy}/connectionPool/http/http1MaxPendingRequest`, 1, "did you mean 'http1MaxPendingRequests'?"],
  [`${policy}/connectionPool/tcp/maxConnections`, '100', "found '100'"],
  [`${policy}/connectionPool/tcp/connectTimeout`, 30, 'found 30, expected a duration'],
  [`${policy}/connectionPool/http/h2UpgradePolicy`, 'upgrade', "did you mean 'UPGRADE'?"],
  [`${policy}/outlierDetection/consecutive5xxErrors`, -1, 'found -1'],
  [`${policy}/outlierDetection/baseEjectionTime`, '30sec', 'expected a duration'],
  [`${policy}/outlierDetection/consecutive5xxError`, 5, "did you mean 'consecutive5xxErrors'?"],
  [`${policy}/loadBalancer/simple`, 'ROUND_ROBIN', "found 'simple' and 'consistentHash' together"],
  [`${policy}/loadBalancer/consistentHash/useSourceIp`, true, 'together, expected only one of them'],
  [`${policy}/loadBalancer/consistentHash/httpCookie/name`, undefined, "'name' is missing"],
  [`${policy}/portLevelSettings/0/loadBalancer/simple`, 'LEAST_REQ', "expected one of 'UNSPECIFIED'"],
  [`${policy}/tls/mode`, 'MTLS', 'expected one of'],
  ['/spec/subsets/0/name', undefined, "'name' is missing"],
  ['/spec/subsets/0/trafficPolicies', {}, "did you mean 'trafficPolicy'?"],
]);
const rule = '/spec/rules/0';
rejects(HTTP_ROUTE, [
  [`${rule}/backendRefs/0/weight`, -1, 'expected an integer from 0 to 1000000'],
  [`${rule}/backendRefs/0/weight`, 33.3, 'found 33.3'],
  [`${rule}/backendRefs/0/port`, 99_999, 'expected an integer from 1 to 65535'],
  [`${rule}/backendRefs/0/name`, undefined, "'name' is missing"],
  [`${rule}/backendRefs/0/weigth`, 1, "did you mean 'weight'?"],
  [`${rule}/timeouts/request`, '10 s', 'expected a duration'],
  [`${rule}/timeouts/requests`, '10s', "did you mean 'request'?"],
  [`${rule}/filters/0/type`, 'HeaderModifier', 'expected one of'],
  [`${rule}/matches/0/path/type`, 'Prefix', 'expected one of'],
  [`${rule}/matches/0/method`, 'get', "did you mean 'GET'?"],
  [`${rule}/matches/0/headers/0/name`, 'x canary', "found 'x canary', expected a text"],
  ['/spec/hostnames/0', 'Store.example.com', "found 'Store.example.com'"],
  ['/spec/hostnames/0', 'http://store.example.com', 'found'],
  ['/spec/hostname', [], "did you mean 'hostnames'?"],
  ['/spec/parentRefs/0/name', undefined, "'name' is missing"],
  ['/spec/rules', Array(17).fill({}), 'found 17 entries, expected a list of 1 to 16 entries'],
]);
const metric = '/spec/metrics/0';
rejects(ANALYSIS_TEMPLATE, [
  [`${metric}/name`, undefined, "'name' is missing"],
  [`${metric}/provider`, undefined, "'provider' is missing"],
  [`${metric}/provider/prometheuss`, {}, "did you mean 'prometheus'?"],
  [`${metric}/provider/web`, { url: 'http://x' }, "found 'prometheus' and 'web' together"],
  [`${metric}/interval`, 'ten minutes', 'expected a duration'],
  [`${metric}/interval`, 30, 'found 30, expected a duration'],
  [`${metric}/count`, 'five', 'expected an integer or an argument'],
  [`${metric}/failureLimit`, 1.5, 'found 1.5'],
  [`${metric}/failureLimits`, 1, "did you mean 'failureLimit'?"],
  [`${metric}/provider/prometheus/timeout`, '20s', "found '20s'"],
  ['/spec/metrics/1/provider/web/method', 'FETCH', "expected one of 'GET', 'POST' or 'PUT'"],
  ['/spec/metrics/2/provider/job/spec/template/spec/containers/0/imag', 'x', "did you mean 'image'?"],
  ['/spec/args/0/vlaue', 'x', "did you mean 'value'?"],
  ['/spec/metrics', { name: 'x' }, 'expected a list'],
]);
const [canary, alertProvider, grpcRoute, kustomization] = ['Canary', 'AlertProvider', 'GRPCRoute', 'Kustomization'].map((kind) => {
  const found = OTHER_KINDS.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`the corpus has no ${kind}`);
  return found;
}) as [KubeObject, KubeObject, KubeObject, KubeObject];
rejects(canary, [
  ['/spec/analysis/maxWeights', 50, "did you mean 'maxWeight'?"],
  ['/spec/analysis/stepWeight', 2.5, 'found 2.5, expected an integer.'],
  ['/spec/analysis/interval', 'often', "expected a duration such as '30s' or '1m'"],
  ['/spec/analysis/webhooks/0/type', 'rolout', "did you mean 'rollout'?"],
  ['/spec/analysis/metrics/1/templateRef/name', undefined, "'name' is missing"],
  ['/spec/targetRef/kind', 'Deploy', "found 'Deploy', expected one of"],
  ['/spec/service/trafficPolicy/tls/mode', 'MTLS', 'expected one of'],
]);
rejects(alertProvider, [
  ['/spec/address', 'http://hook', "found 'address' and 'secretRef' together, expected only one of them."],
  ['/spec/secretRef', undefined, "found none of 'address' and 'secretRef', expected exactly one."],
]);
const filter = '/spec/rules/0/filters/0';
rejects(grpcRoute, [
  [`${filter}/requestHeaderModifier`, undefined, "expected 'requestHeaderModifier' where 'type' is 'RequestHeaderModifier'."],
  [`${filter}/extensionRef`, { group: 'a', kind: 'b', name: 'c' }, "expected 'extensionRef' only where 'type' is 'ExtensionRef'."],
  [`${filter}/type`, 'HeaderModifier', "expected one of 'ResponseHeaderModifier'"],
]);
rejects(kustomization, [
  ['/spec/interval', '10 minutes', "expected a duration such as '30s' or '1m30s'"],
  ['/spec/postBuild/substituteFrom/0/kind', 'Configmap', "did you mean 'ConfigMap'?"],
]);
rejects(SECRET, [
  ['/data/token', 'hunter 2', '/data/token: found a text, expected base64.'],
  ['/stringData/plain', 12_345, '/stringData/plain: found a number, expected a text.'],
]);

describe('several mistakes in one object', () => {
  it('are reported together', () => {
    const object = changed(changed(changed(DEPLOYMENT, '/spec/replicas', 1.5), `${web}/imag`, 'x'), '/metadata/name', undefined);
    expect(sentences(object)).toHaveLength(3);
  });
});
