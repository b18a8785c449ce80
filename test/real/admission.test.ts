import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admissionObjects } from '../../lib/engines/native/admission.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { applyAll, describeApi, freshNamespace, installCrds, type Kube, KubeError, type ObjectRef, until } from './harness.ts';

const [A, B, C] = ['web-aaaaaaaa', 'web-bbbbbbbb', 'web-cccccccc'];
const LABELS = { 'tidegate.dev/release': 'web' };
type Shares = Readonly<Record<string, number>>;
type Rule = Readonly<Record<string, unknown>>;

/** A router's route, as Git renders it with some shares of users. */
const ROUTES = {
  httproutes: {
    crd: 'httproutes.gateway.networking.k8s.io',
    group: 'gateway.networking.k8s.io',
    of: (namespace: string, name: string, rules: readonly Rule[]) =>
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', namespace, name, { parentRefs: [{ name: 'public' }], rules }),
    rule: (shares: Shares, more: Rule = {}): Rule => ({
      matches: [{ path: { type: 'PathPrefix', value: '/' } }],
      backendRefs: Object.entries(shares).map(([name, weight]) => ({ name, port: 80, weight })),
      ...more,
    }),
    matching: { matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ name: 'x-canary', value: 'always' }] }] },
    almostAll: { matches: [{ headers: [{ type: 'RegularExpression', name: 'host', value: '.*' }] }] },
    everybody: { matches: [{ headers: [{ name: 'Host', value: 'web.example.com' }] }] },
    aside: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'evil.example.com' } }] }],
    most: 16,
    elsewhere: { backendRefs: [{ name: A, namespace: 'other', port: 80, weight: 100 }] },
    redirected: { filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'evil.example.com' } }] },
    reach: { hostnames: ['all.example.com'] },
    weight: (rule: number, index: number) => `/spec/rules/${rule}/backendRefs/${index}/weight`,
    rules: 'rules',
  },
  virtualservices: {
    crd: 'virtualservices.networking.istio.io',
    group: 'networking.istio.io',
    of: (namespace: string, name: string, http: readonly Rule[]) =>
      object('networking.istio.io/v1', 'VirtualService', namespace, name, { hosts: ['web.example.com'], gateways: ['istio/public'], http }),
    rule: (shares: Shares, more: Rule = {}, namespace = 'NAMESPACE'): Rule => ({
      route: Object.entries(shares).map(([name, weight]) => ({
        destination: { host: `${name}.${namespace}.svc.cluster.local`, port: { number: 80 } },
        weight,
      })),
      ...more,
    }),
    matching: { match: [{ headers: { 'x-canary': { exact: 'always' } } }] },
    almostAll: { match: [{ headers: { host: { regex: '.*' } } }] },
    everybody: { match: [{ headers: { 'x-forwarded-proto': { exact: 'https' } } }] },
    aside: [
      { delegate: { name: 'other' } },
      { redirect: { authority: 'evil.example.com' } },
      { redirect: { authority: 'evil.example.com' }, route: [{ destination: { host: `${A}.NAMESPACE.svc.cluster.local` } }] },
    ],
    most: 100,
    elsewhere: { route: [{ destination: { host: `${A}.other.svc.cluster.local` } }] },
    redirected: { fault: { abort: { httpStatus: 500, percentage: { value: 100 } } } },
    reach: { hosts: ['all.example.com'] },
    weight: (rule: number, index: number) => `/spec/http/${rule}/route/${index}/weight`,
    rules: 'http',
  },
} as const;

function object(
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  spec: object,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const text = JSON.stringify({ apiVersion, kind, metadata: { name, namespace, labels: LABELS, annotations }, spec });
  return JSON.parse(text.replaceAll('NAMESPACE', namespace));
}

/** What the server says to a write: null where it accepts it, else which policy refuses. */
async function refusal(write: Promise<unknown>): Promise<string | null> {
  try {
    await write;
    return null;
  } catch (error) {
    if (error instanceof KubeError && /ValidatingAdmissionPolicy 'tidegate/.test(error.message)) return error.message;
    throw error;
  }
}

describeApi('the policies at admission', (kube) => {
  const label = `t${process.pid}`;
  const objects = admissionObjects({ 'tidegate.dev/test': label });
  beforeAll(async () => {
    await installCrds(
      kube,
      Object.values(ROUTES).map(({ crd }) => crd),
    );
    await applyAll(kube, objects);
    // A policy is enforced a moment after it is accepted, and those of a new kind later: the last of each is waited for.
    namespace = await freshNamespace(kube, { labels: { 'tidegate.dev/test': label }, atEnd: afterAll });
    who = await people(kube, namespace);
    const probes = [
      ...Object.values(ROUTES).map(({ of, rule }) => of(namespace, freshName(), [rule({ [A]: 100, [B]: 0 })])),
      routingService(),
    ];
    await Promise.all(
      probes.map(async (probe) => {
        await kube.create(probe);
        const tries = () => who.runner.mergePatch(probe as ObjectRef, { metadata: { annotations: { try: `${++tried}` } } });
        let tried = 0;
        await until('enforcement', async () => (await refusal(tries())) !== null);
      }),
    );
  });
  afterAll(() => Promise.all([...objects].reverse().map((one) => kube.remove(one as ObjectRef))));
  let namespace = '';
  let who: Awaited<ReturnType<typeof people>>;
  let routes = 0;
  const freshName = () => `web-${++routes}`;
  const selector = (revision: string) => ({ selector: { ...LABELS, 'tidegate.dev/revision': revision } });
  const routingService = () =>
    object(
      'v1',
      'Service',
      namespace,
      freshName(),
      { ...selector(A), ports: [{ port: 80 }] },
      { 'tidegate.dev/router': 'service', 'tidegate.dev/candidate': B },
    );

  it('compile, as the API server reads them', async () => {
    for (const one of objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')) {
      const live = await kube.get(one as ObjectRef);
      expect([one.metadata.name, JSON.stringify(live.status?.typeChecking ?? {})]).toEqual([
        one.metadata.name,
        expect.not.stringContaining('undeclared'),
      ]);
    }
  });

  describe.concurrent.each(Object.entries(ROUTES))('on %s', (_, router) => {
    /** A route with such shares, that was approved as said, and each writer's way to write another. */
    async function stage(shares: Shares, approved: string | null = null, more: readonly Rule[] = []) {
      const name = freshName();
      const route = router.of(namespace, name, [...more, router.rule(shares)]);
      const live =
        approved === null
          ? route
          : { ...route, metadata: { ...route.metadata, annotations: { 'tidegate.dev/approved-revision': approved } } };
      await kube.create(live);
      const write = (writer: Kube, rules: readonly Rule[], metadata: object = {}) =>
        refusal(writer.mergePatch(route as ObjectRef, { metadata, spec: router.of(namespace, name, rules).spec }));
      const set = (writer: Kube, ...weights: readonly number[]) =>
        refusal(
          writer.jsonPatch(
            route as ObjectRef,
            weights.map((value, index) => ({ op: 'replace', path: router.weight(more.length, index), value })),
          ),
        );
      return { ...who, route, write, set };
    }

    it('let anybody raise a candidate to the half, and nobody beyond it without an approval', async () => {
      const { set, runner, dev } = await stage({ [A]: 100, [B]: 0 });
      expect(await set(runner, 80, 20)).toBeNull();
      expect(await set(runner, 50, 50)).toBeNull();
      for (const who of [runner, dev]) {
        expect(await set(who, 49, 51)).toContain('more than half of the requests would go to a revision');
        expect(await set(who, 0, 100)).toContain('more than half of the requests');
      }
      expect(await set(runner, 100, 0)).toBeNull();
    });

    it('let the approved revision, and no other, have everything, once who may approve has said so', async () => {
      const { set, write, route, runner, dev, approver } = await stage({ [A]: 80, [B]: 20 });
      const approve = (who: Kube, name: string) =>
        refusal(who.mergePatch(route as ObjectRef, { metadata: { annotations: { 'tidegate.dev/approved-revision': name } } }));
      expect(await approve(dev, B)).toContain('who sets what is approved, approves');
      expect(await approve(runner, B)).toContain('tidegate-');
      expect(await approve(approver, C)).toBeNull();
      expect(await set(runner, 0, 100)).toContain('more than half');
      expect(await approve(approver, B)).toBeNull();
      expect(await set(runner, 0, 100)).toBeNull();
      expect(await write(dev, [router.rule({ [A]: 0, [C]: 100 })])).toContain('more than half');
      expect(await set(runner, 100, 0)).toBeNull();
      expect(await set(dev, 0, 100)).toBeNull();
      expect(
        await refusal(dev.mergePatch(route as ObjectRef, { metadata: { annotations: { 'tidegate.dev/approved-revision': null } } })),
      ).toContain('approves');
    });

    it('always let it fall, whoever is about: from unapproved heights, by steps, at once, and by a reset of Git', async () => {
      const { set, write, dev, runner } = await stage({ [A]: 10, [B]: 90 });
      expect(await set(runner, 5, 95)).toContain('more than half');
      expect(await set(dev, 30, 70)).toBeNull();
      expect(await write(dev, [router.rule({ [A]: 100, [B]: 0 })])).toBeNull();
      expect(await set(runner, 100, 0)).toBeNull();
      const name = freshName();
      const closed = (shares: Shares) => router.of(namespace, name, [router.rule(shares, router.matching)]);
      await kube.create(closed({ [A]: 10, [B]: 90 }));
      const { spec, ...route } = closed({ [A]: 100, [B]: 0 });
      expect(await refusal(dev.mergePatch(route as ObjectRef, { spec }))).toBeNull();
    });

    it('let Git record what was promoted, drop the old revision, and bring the next candidate', async () => {
      const { write, dev } = await stage({ [A]: 0, [B]: 100 }, B);
      expect(await write(dev, [router.rule({ [B]: 100 })])).toBeNull();
      expect(await write(dev, [router.rule({ [B]: 100, [C]: 0 })])).toBeNull();
      expect(await write(dev, [router.rule({ [B]: 0, [C]: 100 })])).toContain('more than half');
    });

    it.each<[string, Shares, (namespace: string) => readonly Rule[], string, string | null]>([
      [
        'another order of destinations',
        { [A]: 50, [B]: 50 },
        () => [router.rule({ [B]: 50, [A]: 50 })],
        'what is stable, the first destination',
        null,
      ],
      [
        'another revision in the place of the approved one',
        { [A]: 20, [B]: 80 },
        () => [router.rule({ [A]: 20, [C]: 80 })],
        'more than half',
        B,
      ],
      ['two candidates that share', { [A]: 50, [B]: 50 }, () => [router.rule({ [A]: 10, [B]: 45, [C]: 45 })], 'more than half', null],
      ['all weights at 0 first', { [A]: 0, [B]: 0 }, () => [router.rule({ [A]: 0, [B]: 100 })], 'more than half', null],
      [
        'a rule before the others',
        { [A]: 100, [B]: 0 },
        () => [router.rule({ [B]: 100 }), router.rule({ [A]: 100, [B]: 0 })],
        'stable',
        null,
      ],
      [
        'a rule after the others',
        { [A]: 100, [B]: 0 },
        () => [router.rule({ [A]: 100, [B]: 0 }), router.rule({ [B]: 100 })],
        'more than half',
        null,
      ],
      [
        'a pattern of headers',
        { [A]: 100, [B]: 0 },
        () => [router.rule({ [A]: 100, [B]: 0 }), router.rule({ [B]: 100 }, router.almostAll)],
        'more than half',
        null,
      ],
      [
        'a header that everybody sends',
        { [A]: 100, [B]: 0 },
        () => [router.rule({ [B]: 100 }, router.everybody), router.rule({ [A]: 100, [B]: 0 })],
        'more than half',
        null,
      ],
      ['no rule at all', { [A]: 100, [B]: 0 }, () => [router.rule({ [B]: 100 }, router.matching)], 'a rule for all users must stay', null],
      [
        'the same name elsewhere',
        { [A]: 100, [B]: 0 },
        () => [router.rule({ [A]: 100, [B]: 0 }), router.rule({}, router.elsewhere)],
        'more than half',
        null,
      ],
    ])('refuse %s', async (__, shares, rules, why, approved) => {
      const { write, dev } = await stage(shares, approved);
      expect(await write(dev, rules(namespace))).toContain(why);
    });

    it("refuse that a route ceases to be of its release, or becomes another's", async () => {
      const { route, dev } = await stage({ [A]: 100, [B]: 0 });
      for (const release of [null, 'other'])
        expect(await refusal(dev.mergePatch(route as ObjectRef, { metadata: { labels: { 'tidegate.dev/release': release } } }))).toContain(
          'the mark',
        );
    });

    it("let the release's runner alone give a header route more than half, and Git write it at the beginning, in flight and at the end", async () => {
      const { write, dev: git, runner, approver, route } = await stage({ [A]: 100 });
      const rules = (header: Shares, all: Shares) => [router.rule(header, router.matching), router.rule(all)];
      const atRest = rules({ [A]: 100, [B]: 0 }, { [A]: 100, [B]: 0 });
      expect(await write(git, atRest)).toBeNull();
      const raised = rules({ [A]: 0, [B]: 100 }, { [A]: 100, [B]: 0 });
      expect(await write(git, raised)).toContain('more than half');
      expect(await write(runner, raised)).toBeNull();
      expect(await write(git, [router.rule({ [B]: 100 }, router.matching), router.rule({ [A]: 100, [B]: 0 })])).toBeNull();
      expect(await write(git, [router.rule({ [B]: 100 }, router.matching), router.rule({ [B]: 100 })])).toContain('what is stable');
      expect(await write(git, [router.rule({ [B]: 100 }, router.everybody), router.rule({ [A]: 100, [B]: 0 })])).toContain(
        'more than half',
      );
      expect(await write(git, atRest)).toBeNull();
      expect(await write(runner, raised)).toBeNull();
      expect(await write(git, [router.rule({ [A]: 100 })])).toBeNull();
      expect(await write(git, atRest)).toBeNull();
      expect(
        await refusal(approver.mergePatch(route as ObjectRef, { metadata: { annotations: { 'tidegate.dev/approved-revision': B } } })),
      ).toBeNull();
      expect(await write(runner, rules({ [A]: 0, [B]: 100 }, { [A]: 0, [B]: 100 }))).toBeNull();
      expect(await write(git, rules({ [B]: 100, [C]: 0 }, { [B]: 100, [C]: 0 }))).toBeNull();
      expect(await write(git, [router.rule({ [B]: 100 })])).toBeNull();
    });

    it('refuse rules that lead to no destination of their own, and let those that are there be, and go', async () => {
      const [open, fallen] = [router.rule({ [A]: 90, [B]: 10 }), router.rule({ [A]: 100, [B]: 0 })];
      for (const rule of router.aside) {
        const { write, dev, approver } = await stage({ [A]: 90, [B]: 10 });
        expect(await write(dev, [rule, open])).toContain('leads to no destination of its own');
        expect(await write(approver, [rule, open])).toBeNull();
        expect(await write(dev, [rule, fallen])).toBeNull();
        expect(await write(dev, [fallen])).toBeNull();
      }
    });

    it('let a route fall that has as many rules as it may, each at another height, in any order', async () => {
      const path = (index: number) =>
        router.rules === 'rules'
          ? { matches: [{ path: { type: 'PathPrefix', value: `/${index}` } }] }
          : { match: [{ uri: { prefix: `/${index}` } }] };
      const many = (share: number) =>
        Array.from({ length: router.most - 1 }, (__, index) => router.rule({ [A]: 100 - share, [B]: share }, path(index)));
      const { write, dev } = await stage({ [A]: 10, [B]: 90 }, null, many(90));
      expect(await write(dev, [...many(70).reverse(), router.rule({ [A]: 30, [B]: 70 })])).toBeNull();
      expect(await write(dev, [...many(70), router.rule({ [A]: 29, [B]: 71 })])).toContain('more than half');
      expect(await write(dev, [router.rule({ [A]: 35, [B]: 65 })])).toBeNull();
      expect(await write(dev, [router.rule({ [A]: 100 })])).toBeNull();
    });

    it('let a runner write weights and its own mark, and nothing else, approved or not', async () => {
      const { route, write, runner, dev } = await stage({ [A]: 80, [B]: 20 }, B);
      const mark = (annotations: object) => refusal(runner.mergePatch(route as ObjectRef, { metadata: { annotations } }));
      expect(await mark({ 'tidegate.dev/fence': 'x' })).toBeNull();
      expect(await mark({ other: 'x' })).toContain('its own mark alone');
      for (const rules of [
        [router.rule({ [A]: 80, [C]: 20 })],
        [router.rule({ [A]: 80, [B]: 20 }, router.redirected)],
        [router.rule({ [A]: 80, [B]: 20 }), router.rule({ [A]: 100 }, router.matching)],
        [router.rule({ [A]: 100 })],
      ])
        expect(await write(runner, rules)).toContain('a runner changes weights alone');
      const reach = {
        spec: { ...(router.of(namespace, route.metadata.name, [router.rule({ [A]: 80, [B]: 20 })]).spec as object), ...router.reach },
      };
      expect(await refusal(runner.mergePatch(route as ObjectRef, reach))).toContain('a runner changes weights alone');
      expect(await refusal(dev.mergePatch(route as ObjectRef, reach))).toBeNull();
    });

    it("refuse a new route of a release that begins with a candidate, and know nothing of routes that are nobody's", async () => {
      const { dev } = who;
      const route = router.of(namespace, freshName(), [router.rule({ [A]: 0, [B]: 100 })]);
      expect(await refusal(dev.create(route))).toContain('more than half');
      for (const more of [[router.rule({ [B]: 100 }, router.everybody)], router.aside])
        expect(await refusal(dev.create(router.of(namespace, freshName(), [...more, router.rule({ [A]: 100, [B]: 0 })])))).toMatch(
          /more than half|leads to no destination/,
        );
      expect(await refusal(dev.create({ ...route, metadata: { name: `other-${freshName()}`, namespace } }))).toBeNull();
      expect(await refusal(dev.create(router.of(namespace, route.metadata.name, [router.rule({ [A]: 100, [B]: 0 })])))).toBeNull();
    });
  });

  it.concurrent('count connections, and the only destination whatever its weight, as Istio does', async () => {
    const { of, rule } = ROUTES.virtualservices;
    const { dev } = who;
    const at = (share: number) => rule({ [A]: 100 - share, [B]: share });
    const service = (more: object) => {
      const { spec, ...rest } = of(namespace, freshName(), [at(20)]);
      return JSON.parse(JSON.stringify({ ...rest, spec: { ...(spec as object), ...more } }).replaceAll('NAMESPACE', namespace));
    };
    const sni = { match: [{ port: 443, sniHosts: ['web.example.com'] }] };
    const plenty = service({ http: Array.from({ length: 33 }, () => at(0)) });
    expect(await refusal(dev.create(plenty))).toContain('beyond 32 rules none is added');
    for (const part of ['tls', 'tcp']) {
      const plain = service({});
      const high = service({ [part]: [{ ...at(90), ...(part === 'tls' ? sni : {}) }] });
      const low = service({ [part]: [{ ...at(60), ...(part === 'tls' ? sni : {}) }] });
      await kube.create(plain);
      await kube.create(high);
      const write = (to: KubeObject, { spec }: KubeObject) => refusal(dev.mergePatch(to as ObjectRef, { spec }));
      expect(await write(plain, high)).toContain('more than half');
      expect(await refusal(dev.create(service({ [part]: [{ ...at(100), ...(part === 'tls' ? sni : {}) }] })))).toContain('more than half');
      expect(await write(high, low)).toBeNull();
      expect(await write(high, high)).toContain('more than half');
      expect(await refusal(dev.mergePatch(high as ObjectRef, { spec: { [part]: null } }))).toBeNull();
    }
    expect(await refusal(dev.create(service({ http: [at(0), rule({ [B]: 0 })] })))).toContain('more than half');
  });

  it.concurrent('on a Service that is a route let only what was approved change, and always back', async () => {
    const { dev, runner, approver } = who;
    const service = routingService();
    await kube.create(service);
    const write = (writer: Kube, patch: object) => refusal(writer.mergePatch(service as ObjectRef, patch));
    const select = (who: Kube, revision: string) => write(who, { spec: selector(revision) });
    const approval = { metadata: { annotations: { 'tidegate.dev/approved-revision': B, 'tidegate.dev/approved-from': A } } };
    expect(await select(runner, B)).toContain('all requests would go to another revision');
    expect(await select(dev, B)).toContain('all requests would go');
    expect(await write(dev, approval)).toContain('approves');
    expect(await write(dev, { metadata: { annotations: { 'tidegate.dev/router': null } } })).toContain('the mark');
    expect(await write(approver, approval)).toBeNull();
    // Two policies refuse it, and the server names either.
    expect(await select(runner, C)).toMatch(/all requests would go|no other revision/);
    expect(await select(dev, C)).toContain('all requests would go');
    expect(await select(runner, B)).toBeNull();
    expect(await select(dev, C)).toContain('all requests would go');
    expect(await select(runner, A)).toBeNull();
    expect(await write(runner, { spec: { ports: [{ port: 80, targetPort: 6379 }] } })).toContain('nothing else of it');
  });
});

/** Clients: the runner as its Role has it, a developer who may write routes, and one who may approve as well. */
async function people(kube: Kube, namespace: string) {
  const routes = [
    ...Object.entries(ROUTES).map(([resource, { group }]) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: ['get', 'create', 'patch', 'update'],
    })),
    { apiGroups: [''], resources: ['services'], verbs: ['get', 'patch', 'create'] },
  ];
  const approve = { apiGroups: ['tidegate.dev'], resources: ['releases'], verbs: ['approve'] };
  const accounts = { 'web-runner': routes, dev: routes, approver: [...routes, approve] };
  const meta = (name: string) => ({ name, namespace });
  const rbac = 'rbac.authorization.k8s.io';
  await applyAll(
    kube,
    Object.entries(accounts).flatMap(([name, rules]): KubeObject[] => [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(name) },
      { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: meta(name), rules },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: meta(name),
        roleRef: { apiGroup: rbac, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    ]),
  );
  const as = async (name: string) => kube.as(await kube.token(namespace, name));
  const [runner, dev, approver] = await Promise.all([as('web-runner'), as('dev'), as('approver')]);
  return { runner, dev, approver };
}
