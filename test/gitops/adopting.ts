// A Deployment, its Service and what else may be around them, and what is said of an adoption.
import { type Adoption, adopt } from '../../lib/gitops/adopt/adopt.ts';
import { isExternal } from '../../lib/lock/lock.ts';
import { formatProblem, type KubeObject, ProblemError } from '../../lib/schema/index.ts';
import { compile } from '../constructs/compiling.ts';

export const DIGEST = `sha256:${'9'.repeat(64)}`;
export const IMAGE = 'registry.example.com/web:0.9.0';

/** Other values at places of an object, such as `spec.selector.app`; undefined takes the field away. */
export type Changes = Readonly<Record<string, unknown>>;

export function changed(object: KubeObject, changes: Changes): KubeObject {
  const copy = structuredClone(object) as unknown as Record<string, unknown>;
  for (const [place, value] of Object.entries(changes)) {
    const keys = place.split('|');
    const last = keys.pop() ?? '';
    const holder = keys.reduce<Record<string, unknown>>((inner, key) => {
      inner[key] ??= {};
      return inner[key] as Record<string, unknown>;
    }, copy);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return copy as unknown as KubeObject;
}

export const object = (apiVersion: string, kind: string, name: string, spec: object, more: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  spec,
  ...more,
});
export const deployment = object(
  'apps/v1',
  'Deployment',
  'web',
  {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'proxy', image: 'registry.example.com/proxy:1' },
          { name: 'web', image: IMAGE, ports: [{ name: 'web', containerPort: 8080 }] },
        ],
      },
    },
  },
  { status: { replicas: 3, updatedReplicas: 3, availableReplicas: 3 } },
);
export const service = object('v1', 'Service', 'web', {
  type: 'ClusterIP',
  clusterIP: '10.96.0.7',
  clusterIPs: ['10.96.0.7'],
  selector: { app: 'web' },
  sessionAffinity: 'None',
  ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }],
});
export const pod = (imageID = `registry.example.com/web@${DIGEST}`): KubeObject =>
  changed(object('v1', 'Pod', 'web-1', {}), {
    'metadata|labels': { app: 'web' },
    status: {
      containerStatuses: [
        { name: 'proxy', imageID: `registry.example.com/proxy@sha256:${'8'.repeat(64)}` },
        { name: 'web', imageID },
      ],
    },
  });
export const virtualService = object('networking.istio.io/v1', 'VirtualService', 'web', {
  hosts: ['web.example.com'],
  gateways: ['istio-ingress/public'],
  http: [{ route: [{ destination: { host: 'web' } }] }],
});
export const ROOT = '/';
export const httpRoute = (name: string, backend = 'web', path = ROOT): KubeObject =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', name, {
    parentRefs: [{ namespace: 'ingress', name: 'public' }],
    hostnames: ['web.example.com'],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: path } }], backendRefs: [{ name: backend, port: 80 }] }],
  });
export const autoscaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
  minReplicas: 3,
  maxReplicas: 9,
});

export const running = [deployment, service, pod()];
export const ports = { 'ports.metrics': undefined, 'traffic.port': 'http' };
export const onGateway = { 'traffic.router': 'gateway-api', 'traffic.retries': undefined, 'traffic.gateways': ['ingress/public'] };

export interface Asked {
  readonly intent?: Changes;
  readonly service?: string;
  readonly unseen?: readonly string[];
}

export function adoption(objects: readonly KubeObject[], { intent = {}, service: wanted, unseen = [] }: Asked = {}): Adoption {
  const described = compile({ ...ports, ...intent }, null);
  const { stable, resolved } = described.lock;
  if (isExternal(stable)) throw new Error('the fixture describes no revision');
  return adopt({ deployment: 'web', service: wanted ?? null, resolved, revision: stable, objects: described.objects }, { objects, unseen });
}

/** What is said where nothing is adopted; empty where it is. */
export function refusal(objects: readonly KubeObject[], asked?: Asked): string {
  try {
    adoption(objects, asked);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem).join('\n');
    throw error;
  }
  return '';
}

export const stepsOf = (objects: readonly KubeObject[], asked?: Asked): string[] =>
  adoption(objects, asked).steps.map(({ when, text }) => `${when}: ${text}`);
