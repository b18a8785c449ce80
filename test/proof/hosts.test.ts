import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import type { Traffic } from '../../lib/intent/traffic.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import { ProblemError } from '../../lib/schema/index.ts';
import { checkObject } from '../../lib/schema/validate.ts';
import { VALID } from '../intent/valid.ts';
import { WEIGHTED } from '../routers/pointers.ts';
import { compile } from './compiling.ts';
import { withImage } from './rich.ts';

/**
 * What each router makes of a host that is a release's own, shared or somebody else's, for whom it is called by, as
 * reviewed text. After a change that is meant, regenerate and read the difference: `npx vitest run test/proof/hosts.test.ts -u`.
 */
const GOLDEN = fileURLToPath(new URL('../golden/hosts/', import.meta.url));

const ATTACH = ['own', 'delegate', 'shared'] as const;
const CALLERS = ['gateway', 'mesh', 'both'] as const;

/** As a person would write it: neither hosts nor gateways where somebody else has them, or nobody comes through a gateway. */
function trafficOf(router: Traffic['router'], attach: (typeof ATTACH)[number], callers: (typeof CALLERS)[number]): Traffic {
  const outside = attach !== 'delegate' && callers !== 'mesh' ? { hosts: ['shop.example.com'], gateways: ['istio-ingress/public'] } : {};
  return { router, attach, callers, ...outside, ...(attach === 'own' ? {} : { paths: ['/cart'] }) };
}

describe.each(WEIGHTED)('%s', (router) => {
  it('routes each way of having a host for each kind of callers, or says what to write instead', async () => {
    const texts = ATTACH.flatMap((attach) =>
      CALLERS.map((callers) => `# attach: ${attach}, callers: ${callers}\n${outcome(trafficOf(router, attach, callers))}`),
    );
    await expect(texts.join('---\n')).toMatchFileSnapshot(`${GOLDEN}${router}.yaml`);
  });
});

it('has no text that nothing makes any more', () => {
  expect(existsSync(GOLDEN) ? readdirSync(GOLDEN).sort() : []).toEqual(WEIGHTED.map((router) => `${router}.yaml`).sort());
});

it('is what the how-to says', () => {
  const page = readFileSync(new URL('../../docs/how-to/hosts.md', import.meta.url), 'utf8');
  const names = { istio: 'Istio', 'gateway-api': 'Gateway API' } as const;
  for (const attach of ATTACH) {
    const able = CALLERS.map((callers) =>
      WEIGHTED.filter((router) => !outcome(trafficOf(router, attach, callers)).startsWith('# refused')).map((router) => names[router]),
    );
    const row = `| \`${attach}\`${attach === 'own' ? ' (the default)' : ''} | ${able.map((routers) => routers.join(', ')).join(' | ')} |`;
    expect(page).toContain(row);
  }
});

/** The route in flight, or the refusal. */
function outcome(traffic: Traffic): string {
  const intent: ReleaseIntent = { ...VALID, traffic };
  try {
    const { objects } = compile(withImage(intent, '7'), compile(intent, null).lock);
    const routes = objects.filter(({ kind }) => ['VirtualService', 'HTTPRoute'].includes(kind));
    for (const route of routes) expect(checkObject(route)).toEqual([]);
    return routes.map(toYaml).join('---\n');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems.map(({ path, message, help }) => `# refused: ${path}: ${message} ${help}\n`).join('');
  }
}
