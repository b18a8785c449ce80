import { nearest } from '../../schema/nearest.ts';
import { DEFAULTS } from '../defaults.ts';
import type { ReleaseIntent } from '../release.ts';
import type { Shed } from '../remedy.ts';
import type { Canary, HeaderRoute } from '../strategy.ts';
import { checkAccess, checkUrl, type PlacedGates } from './gates.ts';
import { atLeast } from './lifecycle.ts';
import { type Place, type Problems, problem } from './problem.ts';
import { checkHeaders, fits } from './routes.ts';

/** Kubelets look at a pod's ConfigMaps every 60 to 90 seconds. */
const KUBELET_SECONDS = 90;

/** Each remedy that a gate names is there and can reach whom it is for. */
export function* checkRemedies(release: string, intent: ReleaseIntent, lists: readonly PlacedGates[]): Problems {
  const { flagOff, webhook, shed } = intent.remedies ?? {};
  for (const { place, gates } of lists)
    for (const [index, { onFailure }] of gates.entries())
      if (onFailure && onFailure !== 'abort' && onFailure !== 'hold' && onFailure !== 'scaleUp' && !intent.remedies?.[onFailure])
        yield problem(
          [...place, index, 'onFailure'],
          `onFailure '${onFailure}' is one of the intent's remedies, and there is no remedies.${onFailure}.`,
          `Say there ${onFailure === 'shed' ? 'which requests' : 'which flag'}, or give 'abort'.`,
        );
  if (flagOff) {
    const place = ['remedies', 'flagOff'];
    yield* checkFlag([...place, 'flag'], flagOff.flag, Object.keys(intent.flags ?? {}));
    yield* atLeast([...place, 'settle'], flagOff.settle ?? DEFAULTS['FlagOff.settle'], KUBELET_SECONDS);
    yield* atLeast([...place, 'within'], flagOff.within ?? DEFAULTS['FlagOff.within'], 1);
    yield* checkReaders(place, release, intent);
  }
  if (webhook) {
    const place = ['remedies', 'webhook'];
    yield* checkUrl([...place, 'url'], webhook.url);
    yield* checkAccess(place, webhook);
    if (webhook.flag.trim() === '') yield problem([...place, 'flag'], 'name the flag that is switched off.');
    yield* atLeast([...place, 'timeout'], webhook.timeout ?? DEFAULTS['FlagWebhook.timeout'], 1);
    yield* atLeast([...place, 'within'], webhook.within ?? DEFAULTS['FlagWebhook.within'], 1);
  }
  if (shed) yield* checkShed(shed, intent);
}

/** Where there is a share that requests can be taken out of. */
function* checkShed({ headers, within }: Shed, { strategy, traffic }: ReleaseIntent): Problems {
  const place = ['remedies', 'shed'];
  yield* checkHeaders([...place, 'headers'], headers);
  if (Object.keys(headers).length === 0)
    yield problem([...place, 'headers'], 'without a header every request would be given up.', 'Name one.');
  yield* atLeast([...place, 'within'], within ?? DEFAULTS['Shed.within'], 1);
  if (strategy.kind !== 'canary' || traffic.router === 'service')
    yield problem(
      place,
      'requests can be given up only where a route splits them: a canary on Istio or Gateway API.',
      "Remove it, and give its gates 'abort'.",
    );
  else {
    const routes = headerRoutes(strategy);
    if (routes.some(({ name }) => name === 'shed'))
      yield problem(
        place,
        "a header route is named 'shed', as the rule for requests that may be given up is.",
        'Name the header route otherwise.',
      );
    const wider = routes.find((route) => fits(headers, route.headers));
    if (wider)
      yield problem(
        [...place, 'headers'],
        `every request with these headers fits header route '${wider.name}' already, which leads them to the candidate.`,
        'Say by other headers which requests may be given up.',
      );
  }
}

const headerRoutes = ({ steps = [], headers }: Canary): readonly HeaderRoute[] => [
  ...(headers ? [{ name: 'headers', headers }] : []),
  ...steps.flatMap((step) => ('headerRoute' in step ? [step.headerRoute] : [])),
];

function* checkFlag(place: Place, flag: string, flags: readonly string[]): Problems {
  if (flags.includes(flag)) return;
  const meant = nearest(flag, flags);
  yield problem(
    place,
    `flag '${flag}' is none of this release${meant === null ? '.' : `, did you mean '${meant}'?`}`,
    'Name one of `flags`. One that another service holds is switched off by `remedies.webhook`.',
  );
}

/** What nobody reads changes nothing, and its gate would fail twice. */
function* checkReaders(place: Place, release: string, { volumes = {}, podTemplate }: ReleaseIntent): Problems {
  const name = `${release}-flags-off`;
  const read = Object.values(volumes).some(({ overriddenBy }) => overriddenBy === name);
  if (read || JSON.stringify(podTemplate ?? {}).includes(name)) return;
  yield problem(
    place,
    `no volume of the pods has ConfigMap ${name}, so they would not see the flag go off.`,
    `Mount the flags with { configMap: '${release}-flags', overriddenBy: '${name}', mountPath: '...' } and read both files, flags-off.json last.`,
  );
}
