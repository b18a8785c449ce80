import { describe, expect, test } from 'vitest';
import type { ResolvedIntent } from '../../lib/intent/resolved.ts';
import { at } from '../../lib/lock/revision.ts';
import { atRest, errors, find, inFlight, jobGate, render, web, withGates, withTraffic } from './fixtures.ts';
import { podTemplates, selects } from './pods.ts';

interface Peer {
  readonly namespaceSelector?: unknown;
  readonly podSelector?: unknown;
}
interface PolicyRule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}
interface Policy {
  readonly policyTypes: readonly string[];
  readonly ingress: readonly PolicyRule[];
  readonly egress?: readonly PolicyRule[];
}

const policyOf = (intent: ResolvedIntent) => find(render(atRest(intent)), 'NetworkPolicy', 'web').spec as unknown as Policy;
const runnerPolicyOf = (intent: ResolvedIntent) => find(render(inFlight(intent)), 'NetworkPolicy', 'web-runner').spec as unknown as Policy;
const numbers = (rules: readonly PolicyRule[] = []) => rules.map(({ ports }) => ports.map(({ port }) => port));
const plain = withTraffic({ router: 'gateway-api', callers: 'gateway' });

describe('the network of the application', () => {
  test('lets everybody reach the declared ports, and limits nothing else', () => {
    expect(policyOf(plain)).toMatchObject({
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: 8080 }, { port: 9090 }] }],
    });
    expect(policyOf(plain).ingress[0]).not.toHaveProperty('from');
    expect(policyOf(plain)).not.toHaveProperty('egress');
  });

  test('lets a mesh in', () => {
    expect(numbers(policyOf(web).ingress)).toEqual([
      [8080, 9090, 15008],
      [15020, 15090],
    ]);
    expect(numbers(policyOf(plain).ingress)).toEqual([[8080, 9090]]);
  });

  test('lets in the namespaces that are named, and the tests and gates of the release', () => {
    const policy = policyOf({ ...plain, network: { from: ['edge'], egress: null } });
    const [named, own] = policy.ingress[0]?.from ?? [];
    expect(named).toEqual({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'edge' } } });
    const reaching = podTemplates(render(inFlight(withGates([jobGate(1)])))).filter(({ template }) =>
      selects(own?.podSelector, template.metadata.labels),
    );
    expect(reaching.map(({ owner }) => owner.metadata.name)).toEqual([
      expect.stringMatching(/^web-smoke-/),
      expect.stringMatching(/^web-smoke-/),
      expect.stringMatching(/^web-job-/),
      expect.stringMatching(/^web-job-/),
      'web-runner',
    ]);
  });

  test('lets pods out only where the intent says so, and always to DNS', () => {
    const egress = [
      { namespace: 'data', cidr: null, ports: [5432] },
      { namespace: null, cidr: '10.0.0.0/8', ports: [443] },
      { namespace: null, cidr: null, ports: [53] },
    ];
    const policy = policyOf({ ...plain, network: { from: null, egress } });
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(policy.egress).toEqual([
      {
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
      { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data' } } }], ports: [{ protocol: 'TCP', port: 5432 }] },
      { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 443 }] },
      { ports: [{ protocol: 'TCP', port: 53 }] },
    ]);
    const meshed = policyOf({ ...web, network: { from: null, egress } });
    expect(numbers(meshed.egress)).toEqual([[53, 53], [5432, 15008], [443, 15008], [53, 15008], [15012]]);
  });

  test('opens the ports of every revision that Git carries', () => {
    const lock = inFlight(web);
    const moved = structuredClone(lock);
    const ports = at(moved.inFlight.candidate.objects.deployment, 'spec', 'template', 'spec', 'containers', '0', 'ports');
    (ports as { containerPort: number }[]).push({ containerPort: 7070 });
    expect(numbers((find(render(moved), 'NetworkPolicy', 'web').spec as unknown as Policy).ingress)[0]).toEqual([7070, 8080, 9090, 15008]);
  });
});

describe('the network of the runner', () => {
  test('is metrics in; DNS, the API server and the metrics of its gates out', () => {
    const policy = runnerPolicyOf(web);
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(numbers(policy.ingress)).toEqual([[9464]]);
    expect(numbers(policy.egress)).toEqual([
      [53, 53],
      [443, 6443, 8443, 9090, 16443],
    ]);
  });

  test.each([
    ['http://metrics', 80],
    ['https://metrics.example.com/prom', 443],
    ['http://metrics:8428/select', 8428],
  ])('reaches %s', (address, port) => {
    const gate = { ...errors, provider: { prometheus: { address, query: '1', timeoutSeconds: 1 } } };
    expect(numbers(runnerPolicyOf(withGates([gate])).egress)[1]).toEqual(
      [...new Set([port, 443, 6443, 8443, 16443])].sort((a, b) => a - b),
    );
  });

  test('reaches the pods of the candidate behind the port of its Service', () => {
    const url = 'http://{{args.candidate-service}}.shop.svc.cluster.local/check';
    const web = { url, method: 'GET' as const, headers: {}, body: null, jsonPath: '{$}', timeoutSeconds: 1 };
    expect(numbers(runnerPolicyOf(withGates([{ ...errors, provider: { web } }])).egress)[1]).toEqual([80, 443, 6443, 8080, 8443, 16443]);
  });

  test('reaches whom the served share is asked of', () => {
    const served = { prometheus: { address: 'http://thanos:10902', query: 'share', timeoutSeconds: 5 } };
    expect(numbers(runnerPolicyOf(withTraffic({ served })).egress)[1]).toEqual([443, 6443, 8443, 9090, 10902, 16443]);
  });

  test('knows the mesh where the runner is in it', () => {
    const policy = runnerPolicyOf({ ...web, mesh: { jobs: 'none', runner: true } });
    expect(numbers(policy.ingress)).toEqual([[9464, 15020, 15090]]);
    expect(numbers(policy.egress)[1]).toEqual([443, 6443, 8443, 9090, 15008, 15012, 16443]);
  });
});
