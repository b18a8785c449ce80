import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../lib/schema/index.ts';
import { type Asked, type Changes, changed, httpRoute, object, onGateway, refusal, running, stepsOf, virtualService } from './adopting.ts';

const WEB = [{ name: 'web', port: 80 }];
const prefix = (value: string) => ({ path: { type: 'PathPrefix', value } });
/** An HTTPRoute with one rule to Service `web`, and what is written into it. */
const ruled = (name: string, rule: object, spec: Changes = {}): KubeObject =>
  changed(httpRoute(name), { 'spec|rules': [{ backendRefs: WEB, ...rule }], ...spec });
const istio = (name: string, rule: object, spec: Changes = {}): KubeObject =>
  changed(virtualService, { 'metadata|name': name, 'spec|http': [{ route: [{ destination: { host: 'web' } }], ...rule }], ...spec });
const gateway = (intent: Changes = {}): Asked => ({ intent: { ...onGateway, ...intent } });
const ingress = (...rules: readonly (readonly [host: string, path: string, name: string])[]): KubeObject =>
  object('networking.k8s.io/v1', 'Ingress', 'web', {
    rules: rules.map(([host, path, name]) => ({ host, http: { paths: [{ path, backend: { service: { name, port: { number: 80 } } } }] } })),
  });
const HOST = 'web.example.com';

describe('a route of the release’s own name', () => {
  it.each<[string, KubeObject, string, string, Asked?]>([
    [
      'a longer time limit',
      ruled('web', { timeouts: { request: '10m' } }),
      'rules[0] of HTTPRoute shop/web lets a request take 600 s, and the route of the release ends it after 15 s',
      'traffic: { timeout: 10m }',
      gateway(),
    ],
    [
      'a longer time limit of its backend',
      ruled('web', { timeouts: { backendRequest: '20s' } }),
      'lets a request take 20 s',
      'timeout: 20s',
      gateway(),
    ],
    [
      'a longer time limit in Istio',
      istio('web', { timeout: '600s' }),
      'http[0] of VirtualService shop/web lets a request take 600 s',
      'timeout: 10m',
    ],
    [
      'part of the paths',
      ruled('web', { matches: [prefix('/reports/')] }),
      'HTTPRoute shop/web takes /reports, and the route of the release would take every request of /',
      'paths: [/reports]',
      gateway(),
    ],
    [
      'part of the paths in Istio',
      istio('web', { match: [{ uri: { prefix: '/a/' } }, { uri: { exact: '/a' } }, { uri: { prefix: '/b' } }] }),
      'would take every request of /',
      'let this one do so first',
    ],
    [
      'requests by method and header',
      ruled('web', { matches: [{ ...prefix('/'), method: 'GET', headers: [{ name: 'x-tenant', value: 'a' }] }] }),
      'takes / with method GET, header x-tenant alone',
      'keep it under another name',
      gateway(),
    ],
    [
      'an exact path',
      ruled('web', { matches: [{ path: { type: 'Exact', value: '/' } }] }),
      'takes / with path Exact / alone',
      'whole paths',
      gateway(),
    ],
    ['an expression', istio('web', { match: [{ uri: { regex: '/v[0-9]+/.*' } }] }), 'takes paths of an expression', 'whole paths'],
    [
      'headers in Istio',
      istio('web', { match: [{ headers: { 'x-tenant': { exact: 'a' } } }] }),
      'takes / with header x-tenant alone',
      'whole paths',
    ],
    [
      'a path that the intent has not',
      ruled('web', { matches: [prefix('/api'), prefix('/v2')] }),
      'rules[0] of HTTPRoute shop/web takes /v2, which the intent does not: these requests would find nothing',
      'Add it to traffic.paths',
      gateway({ 'traffic.paths': ['/api'] }),
    ],
    [
      'sessions and retries that no release’s HTTPRoute has',
      ruled('web', { sessionPersistence: { sessionName: 's' }, retry: { attempts: 3 } }),
      'has sessionPersistence, retry, which the route of a release has not',
      "gateway's own policy",
      gateway(),
    ],
    [
      'more retries',
      istio('web', { retries: { attempts: 5, perTryTimeout: '2s', retryOn: '5xx' } }),
      "has retries (attempts: 5, perTryTimeout: 2s, on: '5xx')",
      "traffic: { retries: { attempts: 5, perTryTimeout: 2s, on: '5xx' } }",
    ],
    ['retries of a kind that nobody can say', istio('web', { retries: { attempts: 1, backoff: '1s' } }), 'has retries.backoff', 'policy'],
    [
      'one listener',
      ruled('web', {}, { 'spec|parentRefs': [{ namespace: 'ingress', name: 'public', sectionName: 'https' }] }),
      'is attached to listener https of Gateway ingress/public',
      'namespace/name/listener',
      gateway(),
    ],
    [
      'every listener',
      ruled('web', {}),
      'is attached to all of Gateway ingress/public',
      'traffic.gateways',
      gateway({ 'traffic.gateways': ['ingress/public/https'] }),
    ],
    [
      'another port',
      ruled('web', { backendRefs: [{ name: 'web', port: 8081 }] }),
      'leads to port 8081 of Service shop/web, and the route of the release to port 80',
      'traffic.port',
      gateway(),
    ],
    [
      'what is no Service',
      ruled('web', { backendRefs: [{ kind: 'ServiceImport', name: 'web', port: 80 }] }),
      'leads to ServiceImport shop/web as well',
      '',
      gateway(),
    ],
  ])('is not replaced where it has %s', (_, route, words, help, asked) => {
    const said = refusal([...running, route], asked);
    expect(said).toContain(words);
    expect(said).toContain(help);
  });

  it.each<[string, KubeObject, Asked?]>([
    ['has the time limit of the intent', ruled('web', { timeouts: { request: '600s' } }), gateway({ 'traffic.timeout': '10m' })],
    ['has a shorter one', ruled('web', { timeouts: { request: '5s' } }), gateway()],
    [
      'has its paths, one of them by header as well',
      ruled('web', { matches: [prefix('/api/'), { ...prefix('/api'), headers: [{ name: 'x', value: 'y' }] }] }),
      gateway({ 'traffic.paths': ['/api'] }),
    ],
    ['has paths below them', ruled('web', { matches: [prefix('/'), prefix('/api')] }), gateway()],
    [
      'has its listener',
      ruled('web', {}, { 'spec|parentRefs': [{ namespace: 'ingress', name: 'public', sectionName: 'https' }] }),
      gateway({ 'traffic.gateways': ['ingress/public/https'] }),
    ],
    ['has fewer retries', istio('web', { retries: { attempts: 1 } }), { intent: { 'traffic.retries': { attempts: 2 } } }],
    ['has none', istio('web', { retries: { attempts: 0 } }), { intent: { 'traffic.retries': false } }],
    [
      'is for the mesh, and names no gateway',
      istio('web', {}, { 'spec|hosts': ['web'], 'spec|gateways': undefined }),
      { intent: { 'traffic.callers': 'mesh', 'traffic.hosts': [], 'traffic.gateways': [] } },
    ],
  ])('is replaced where it %s', (_, route, asked) => {
    expect(refusal([...running, route], asked)).toBe('');
  });

  it('may have a part of the paths where another route leads the rest to the Service', () => {
    const objects = [...running, ruled('web', { matches: [prefix('/api')] }), ruled('storefront', {})];
    expect(refusal(objects, gateway())).toBe('');
  });
});

describe('a route of another name that takes the same requests', () => {
  const frontend = httpRoute('frontend', 'frontend');

  it('makes no way where it leads to another application, and the paths that are meant are told', () => {
    const said = refusal([...running, frontend, httpRoute('storefront', 'web', '/api')], gateway());
    expect(said).toContain(
      'rules[0] of HTTPRoute shop/frontend takes the same requests (web.example.com; /), and its destination is shop/frontend',
    );
    expect(said).toContain('`traffic: { attach: shared, paths: [/api] }`');
    const asked = gateway({ 'traffic.attach': 'shared', 'traffic.paths': ['/api'] });
    const steps = stepsOf([...running, frontend, httpRoute('storefront', 'web', '/api')], asked).join('\n');
    expect(steps).toContain('after: Remove HTTPRoute shop/storefront');
    expect(steps).not.toContain('frontend,');
  });

  it.each<[string, KubeObject, string]>([
    ['nobody says which paths are meant', frontend, 'Name in traffic.paths or traffic.hosts what is of this release'],
    [
      'it leads to the Service and elsewhere',
      ruled('storefront', { backendRefs: [...WEB, { name: 'web-canary', port: 80, weight: 0 }] }),
      'its destination is shop/web, shop/web-canary',
    ],
    [
      'it redirects',
      ruled('redirect', { backendRefs: undefined, filters: [{ type: 'RequestRedirect' }] }),
      'its destination is none, with filter RequestRedirect',
    ],
    ['it is an Ingress', ingress([HOST, '/', 'frontend']), 'rules[0].http.paths[0] of Ingress shop/web takes the same requests'],
    ['its time limit is longer', ruled('storefront', { timeouts: { request: '60s' } }), 'timeout: 1m'],
    [
      'it serves another host as well',
      ruled('storefront', {}, { 'spec|hostnames': [HOST, 'www.example.com'] }),
      'HTTPRoute shop/storefront serves www.example.com, which the intent does not',
    ],
    [
      'it stands at another gateway as well',
      ruled('storefront', {}, { 'spec|parentRefs': ['public', 'internal'].map((name) => ({ namespace: 'ingress', name })) }),
      'HTTPRoute shop/storefront is attached to Gateway ingress/internal',
    ],
    [
      'it rewrites',
      ruled('storefront', { filters: [{ type: 'URLRewrite' }] }),
      'rules[0] of HTTPRoute shop/storefront has filter URLRewrite',
    ],
  ])('is refused where %s', (_, route, words) => {
    expect(refusal([...running, route], gateway())).toContain(words);
  });

  it.each<[string, KubeObject, Asked?]>([
    ['it comes by another gateway', changed(frontend, { 'spec|parentRefs': [{ namespace: 'ingress', name: 'internal' }] })],
    [
      'it comes by another listener',
      changed(frontend, { 'spec|parentRefs': [{ namespace: 'ingress', name: 'public', sectionName: 'http' }] }),
      gateway({ 'traffic.gateways': ['ingress/public/https'] }),
    ],
    ['it is of another kind, in another namespace', changed(frontend, { 'metadata|namespace': 'other' }), { intent: {} }],
    ['its path is longer', httpRoute('api', 'api', '/api')],
    [
      'it asks for a header',
      ruled('beta', { matches: [{ ...prefix('/'), headers: [{ name: 'x', value: 'y' }] }], backendRefs: [{ name: 'beta', port: 80 }] }),
    ],
    ['its host is another', ingress([HOST, '/', 'web'], ['cart.example.com', '/', 'cart'])],
  ])('is another matter where %s', (_, route, asked = gateway()) => {
    expect(refusal([...running, route], asked)).toBe('');
  });

  it('keeps a caller of the mesh where Istio has a short name for it', () => {
    const mesh = istio('shop', {}, { 'spec|hosts': ['web'], 'spec|gateways': ['mesh'] });
    expect(
      stepsOf([...running, mesh], { intent: { 'traffic.callers': 'mesh', 'traffic.hosts': [], 'traffic.gateways': [] } }),
    ).toContainEqual(expect.stringMatching(/^after: Remove VirtualService shop\/shop/));
  });
});

describe('what changes for requests although nobody wrote it', () => {
  it.each<[string, KubeObject, string, Asked]>([
    ['a time limit, at its own route', ruled('web', {}), 'before: See that no request takes longer than 15s', gateway()],
    [
      'a time limit, at another',
      ruled('storefront', { timeouts: { request: '0s' } }),
      'HTTPRoute shop/storefront sets no limit',
      gateway(),
    ],
    [
      'the retries of Istio',
      istio('web', { timeout: '1s' }),
      "Istio retries failed connections 2 times, and of the release's route never",
      { intent: { 'traffic.retries': false } },
    ],
    [
      'a path that somebody else had',
      httpRoute('frontend', 'frontend'),
      'before: Know that /api moves: rules[0] of HTTPRoute shop/frontend leads it to shop/frontend today',
      gateway({ 'traffic.paths': ['/api'] }),
    ],
  ])('is told: %s', (_, route, words, asked) => {
    expect(stepsOf([...running, route], asked)).toContainEqual(expect.stringContaining(words));
  });

  it('is not told where all of it is written', () => {
    const steps = stepsOf([...running, ruled('storefront', { timeouts: { request: '1s' } })], gateway());
    expect(steps.filter((step) => step.startsWith('before'))).toEqual([]);
  });
});
