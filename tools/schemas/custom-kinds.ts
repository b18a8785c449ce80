// The custom kinds that have a schema, and where it comes from.
import { ANALYSIS, EXPERIMENT, type Refinement, ROLLOUT } from './refine-custom.ts';

export interface CustomKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The file of its definition: `<group>_<plural>.yaml`. */
  readonly file: string;
  readonly refinement: Refinement;
}

/** The releases that the definitions were taken from. */
export const PROJECTS = {
  'argoproj/argo-cd': 'v3.5.1',
  'argoproj/argo-rollouts': 'v1.9.1',
  'fluxcd/flagger': 'v1.44.0',
  'fluxcd/kustomize-controller': 'v1.9.4',
  'istio/istio': '1.30.3',
  'kedacore/keda': 'v2.20.2',
  'kubernetes-sigs/gateway-api': 'v1.6.1',
  'prometheus-operator/prometheus-operator': 'v0.93.0',
} as const;

const custom =
  (group: string, versions: readonly string[], refinement: Refinement = {}) =>
  (kind: string, own: Refinement = {}): readonly CustomKind[] => {
    const plural = `${kind.toLowerCase().replace(/(?<![aeiou])y$/, 'ie')}s`;
    return versions.map((version) => ({
      apiVersion: `${group}/${version}`,
      kind,
      file: `${group}_${plural}.yaml`,
      refinement: { ...refinement, ...own },
    }));
  };

const argo = custom('argoproj.io', ['v1alpha1']);
const flagger = custom('flagger.app', ['v1beta1']);
const gateway = custom('gateway.networking.k8s.io', ['v1']);
// Its controller refuses ports beyond 65535.
const istio = custom('networking.istio.io', ['v1', 'v1beta1'], { counts: true, ports: true });
const monitoring = custom('monitoring.coreos.com', ['v1']);

export const CUSTOM_KINDS: readonly CustomKind[] = [
  ...istio('DestinationRule'),
  ...istio('Gateway'),
  ...istio('ServiceEntry'),
  ...istio('VirtualService'),
  ...gateway('GRPCRoute'),
  ...gateway('Gateway'),
  ...gateway('HTTPRoute'),
  // Published as v1beta1 long before v1, and mostly written so.
  ...custom('gateway.networking.k8s.io', ['v1', 'v1beta1'])('ReferenceGrant'),
  ...argo('AnalysisRun', { stricter: ANALYSIS, counts: true }),
  ...argo('AnalysisTemplate', { stricter: ANALYSIS, counts: true }),
  ...argo('Application'),
  ...argo('ClusterAnalysisTemplate', { stricter: ANALYSIS, counts: true }),
  ...argo('Experiment', { stricter: EXPERIMENT, counts: true }),
  ...argo('Rollout', { stricter: ROLLOUT, counts: true }),
  ...flagger('AlertProvider'),
  ...flagger('Canary', { fractions: ['min', 'max', 'threshold'] }),
  ...flagger('MetricTemplate'),
  ...custom('kustomize.toolkit.fluxcd.io', ['v1'])('Kustomization'),
  ...custom('keda.sh', ['v1alpha1'])('ScaledObject'),
  ...monitoring('PrometheusRule'),
  ...monitoring('ServiceMonitor'),
];
