import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Compiled } from '../../lib/constructs/compile.ts';
import { blueGreen } from '../../lib/intent/blue-green.ts';
import { canary } from '../../lib/intent/canary.ts';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import type { Strategy } from '../../lib/intent/strategy.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import { planText } from '../../lib/plan/text.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { checkObject } from '../../lib/schema/validate.ts';
import { errors } from '../intent/valid.ts';
import { valueAt, WEIGHTED, weightedSplits } from '../routers/pointers.ts';
import { compile } from './compiling.ts';
import { RICH, RICH_BY_LOAD, withImage } from './rich.ts';

/**
 * What strategies other than weights alone make of the route, as reviewed text. After a change that is meant, regenerate and
 * read the difference: `npx vitest run test/proof/strategies.test.ts -u`.
 */
const GOLDEN = fileURLToPath(new URL('../golden/strategies/', import.meta.url));

const checkout = { ...errors, name: 'checkout', description: 'Fewer than 1 % of checkouts against the preview fail.' };

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  'headers-first': canary({ headers: { 'X-Canary': 'always' }, weights: [5, 50, 100], gates: [errors] }),
  'headers-and-mirror': canary
    .steps()
    .headerRoute({ name: 'testers', headers: { 'x-canary': 'always', 'x-team': 'test' } })
    .analysis({ gates: [errors] })
    .headerRoute({ name: 'insiders', headers: { 'x-canary': 'always' } })
    .analysis({ gates: [errors], watch: '10m' })
    .mirror({ name: 'shadow', percent: 10 })
    .analysis({ gates: [errors] })
    .weight(50)
    .analysis({ gates: [errors] })
    .approval()
    .weight(100),
  'blue-green': blueGreen({
    preview: { gates: [checkout], watch: '10m' },
    approval: { reason: 'Buy something from the preview.' },
    after: { gates: [errors], watch: '5m' },
    keepOld: '1h',
  }),
};

const written: string[] = [];

describe.each(WEIGHTED)('behind %s', (router) => {
  const from: ReleaseIntent = router === 'istio' ? RICH : RICH_BY_LOAD;

  it.each(Object.entries(STRATEGIES))('%s gives the candidate nothing in Git, at rest and in flight', async (name, strategy) => {
    const intent: ReleaseIntent = { ...from, strategy };
    const rest = compile(intent, null);
    const flight = compile(withImage(intent, '7'), rest.lock);
    const plan = flight.lock.inFlight?.plan;
    if (!plan) throw new Error('nothing is in flight');

    for (const object of [...rest.objects, ...flight.objects]) expect(checkObject(object)).toEqual([]);
    expect(JSON.stringify(rest.objects)).not.toContain(plan.candidate.revision);
    const route = named(flight.objects, plan.route.kind, 'web');
    const { headers = [], mirrors = [] } = plan.route;
    for (const split of weightedSplits(plan.route)) {
      expect([valueAt(route, split.stable.weight), valueAt(route, split.candidate.weight)]).toEqual([100, 0]);
      for (const { destination } of [split.stable, split.candidate]) expect(valueAt(route, destination.path)).toBe(destination.value);
    }
    for (const { destination, percent } of mirrors) {
      expect(valueAt(route, destination.path)).toBe(destination.value);
      expect(valueAt(route, percent)).toBe(0);
    }
    const known = (kind: 'setHeaderRoute' | 'setMirrorRoute') =>
      new Set(plan.steps.flatMap((step) => (step.kind === kind && 'name' in step ? step.name : [])));
    expect(new Set(headers.map((entry) => entry.name))).toEqual(known('setHeaderRoute'));
    expect(new Set(mirrors.map((entry) => entry.name))).toEqual(known('setMirrorRoute'));

    await review(`${name}-${router}`, rest, flight);
  });
});

it('blue-green behind a service gives the candidate nothing in Git, at rest and in flight', async () => {
  const { hosts: _, gateways: __, ...traffic } = RICH_BY_LOAD.traffic;
  const intent: ReleaseIntent = {
    ...RICH_BY_LOAD,
    traffic: { ...traffic, router: 'service' },
    ...(STRATEGIES['blue-green'] && { strategy: STRATEGIES['blue-green'] }),
  };
  const rest = compile(intent, null);
  const flight = compile(withImage(intent, '7'), rest.lock);
  for (const object of [...rest.objects, ...flight.objects]) expect(checkObject(object)).toEqual([]);
  const [before, during] = [rest, flight].map(({ objects }) => named(objects, 'Service', 'web'));
  expect(during?.spec).toEqual(before?.spec);
  expect(during?.metadata).not.toEqual(before?.metadata);
  await review('blue-green-service', rest, flight);
});

it('has no text that nothing makes any more', () => {
  const folders = existsSync(GOLDEN) ? readdirSync(GOLDEN) : [];
  const found = folders.flatMap((folder) => readdirSync(GOLDEN + folder).map((file) => `${folder}/${file}`));
  expect(found.sort()).toEqual([...written].sort());
});

async function review(folder: string, rest: Compiled, flight: Compiled): Promise<void> {
  const { inFlight } = flight.lock;
  if (inFlight === null) throw new Error('nothing is in flight');
  const texts = {
    'rest.yaml': seen(rest.objects),
    'flight.yaml': seen(flight.objects),
    'plan.txt': planText(inFlight.plan, inFlight.hash),
  };
  for (const [file, text] of Object.entries(texts)) {
    await expect(text).toMatchFileSnapshot(`${GOLDEN}${folder}/${file}`);
    written.push(`${folder}/${file}`);
  }
}

/** What requests meet: the route, and the Services by role. */
function seen(objects: readonly KubeObject[]): string {
  const roles = ['web', 'web-stable', 'web-canary'];
  return objects
    .filter(({ kind, metadata }) => ['VirtualService', 'HTTPRoute', 'Service'].includes(kind) && roles.includes(metadata.name))
    .map(toYaml)
    .join('---\n');
}

function named(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const object = objects.find((other) => other.kind === kind && other.metadata.name === name);
  if (!object) throw new Error(`no ${kind} ${name}`);
  return object;
}
