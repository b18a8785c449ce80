import { DEFAULTS } from '../intent/defaults.ts';
import { Duration } from '../intent/duration.ts';
import type { ResolvedIntent } from '../intent/resolved.ts';
import { CANDIDATE_ANNOTATION, REVISION_LABEL, ROUTER_ANNOTATION } from '../lock/labels.ts';
import type { RouteInstructions } from '../plan/plan.ts';
import { type KubeObject, ProblemError } from '../schema/index.ts';
import type { Destinations, Router, RouterProblem } from './router.ts';

const ROUTER = 'service';

/**
 * Neither mesh nor gateway: the Service `<release>` that callers know selects one revision, and the runner's one write
 * makes it select the other. All or nothing, so for blue-green alone. What is open already stays where it was opened.
 *
 * While a release is in flight the Service in Git names its candidate in an annotation. A runner of another plan then
 * refuses to touch it, and Git that drops the candidate has changed the Service: a GitOps tool that leaves the selector
 * alone applies it all the same, selector included.
 */
export const service: Router = { name: ROUTER, check, render, instructions };

/** What is said of requests, by whoever routes them. */
const OF_ROUTES = ['hosts', 'gateways', 'retries', 'connectionPool', 'outlierDetection'] as const;

function check({ release, traffic, strategy }: ResolvedIntent): readonly RouterProblem[] {
  const isSaid = (part: (typeof OF_ROUTES)[number]) => (Array.isArray(traffic[part]) ? traffic[part].length > 0 : traffic[part] !== null);
  const said = [
    ...OF_ROUTES.filter(isSaid),
    ...(traffic.attach === 'own' ? [] : ['attach']),
    ...(traffic.paths.every((path) => path === DEFAULTS['Traffic.paths']) ? [] : ['paths']),
    ...(traffic.timeoutSeconds === Duration.parse(DEFAULTS['Traffic.timeout']).seconds ? [] : ['timeout']),
  ];
  const problems: RouterProblem[] = said.map((part) => ({
    path: `traffic.${part}`,
    message: `a Service has no ${part}: it sends connections to pods and looks at none of their requests.`,
    help: `Remove traffic.${part}; what you keep in front of Service ${release}, such as an Ingress, may have its own.`,
  }));
  if (strategy.kind === 'canary')
    problems.push({
      path: 'strategy',
      message: `a Service selects one revision, so it can give the candidate everything or nothing, and not ${shares(strategy.steps)}.`,
      help: "Use a blueGreen strategy, or router: 'istio' or 'gateway-api'.",
    });
  return problems;
}

function shares(steps: ResolvedIntent['strategy']['steps']): string {
  const given = steps.flatMap((step) => {
    if ('weight' in step && step.weight < 100) return [`weight ${step.weight}`];
    if ('headerRoute' in step) return [`header route '${step.headerRoute.name}'`];
    return 'mirror' in step ? [`mirror '${step.mirror.name}'`] : [];
  });
  return given.join(', ') || 'shares of a canary';
}

function render(intent: ResolvedIntent, { candidate, roles }: Destinations): readonly KubeObject[] {
  const { release } = intent;
  if (roles === null)
    throw new ProblemError([
      {
        path: 'traffic.router',
        message: `the stable workload of ${release} was not made by Tidegate, so its pods do not say which revision they are and no selector moves requests between them and a candidate's.`,
        help: `Take it over with router: 'istio' or 'gateway-api', or begin without it: \`tidegate record ${release} --initial\`, then lead its callers to Service ${release}.`,
      },
    ]);
  const renamed = portsOf(roles.release).flatMap(({ port, targetPort }) => {
    const other = portsOf(roles.candidate).find((one) => one.port === port)?.targetPort;
    return other === undefined || other === targetPort ? [] : [{ port, targetPort, other }];
  });
  if (renamed.length > 0)
    throw new ProblemError(
      renamed.map(({ port, targetPort, other }) => ({
        path: `ports.${targetPort}`,
        message: `Service ${release} leads from ${port} to the port named '${targetPort}' of whichever pods it selects, and the candidate names it '${other}'.`,
        help: `Keep the name '${targetPort}' in this release.`,
      })),
    );
  const annotations = { [ROUTER_ANNOTATION]: ROUTER, ...(candidate === null ? {} : { [CANDIDATE_ANNOTATION]: candidate }) };
  return [{ ...roles.release, metadata: { ...roles.release.metadata, annotations } }];
}

interface ServicePort {
  readonly port: number;
  readonly targetPort: string;
}

const portsOf = (role: KubeObject | null): readonly ServicePort[] =>
  (role?.spec as { readonly ports: readonly ServicePort[] } | undefined)?.ports ?? [];

function instructions(
  { release }: ResolvedIntent,
  { stable, candidate }: { readonly stable: string; readonly candidate: string },
): RouteInstructions {
  const selected = (value: string) => ({ destination: { path: pointer('spec', 'selector', REVISION_LABEL), value } });
  return {
    router: ROUTER,
    apiVersion: 'v1',
    kind: 'Service',
    resource: 'services',
    name: release,
    splits: [{ stable: selected(stable), candidate: selected(candidate) }],
    tests: [{ path: pointer('metadata', 'annotations', CANDIDATE_ANNOTATION), value: candidate }],
    acceptance: 'none',
  };
}

const pointer = (...keys: readonly string[]): string => keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
