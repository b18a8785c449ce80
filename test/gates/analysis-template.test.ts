import { AnalysisTemplate } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/AnalysisTemplate';
import { describe, expect, it } from 'vitest';
import { analysisTemplate } from '../../lib/gates/analysis-template.ts';
import { resolveGate } from '../../lib/intent/resolve-strategy.ts';
import type { ResolvedGateIntent } from '../../lib/intent/resolved.ts';
import { ProblemError } from '../../lib/schema/problem.ts';
import { errorRatio, istio, jobCheck, webCheck } from '../../templates/index.ts';
import { gate, WEB } from './fixture.ts';

const IMAGE = `registry.example.com/check@sha256:${'ab'.repeat(32)}`;
const context = { release: 'web', namespace: 'shop', arguments: WEB, labels: { 'tidegate.dev/release': 'web' } };
const metrics = { address: 'http://prometheus:9090', source: istio() };

const gates: Readonly<Record<string, ResolvedGateIntent>> = {
  prometheus: resolveGate(errorRatio(metrics)),
  'prometheus, all fields': gate({
    provider: {
      prometheus: {
        address: 'https://prometheus',
        query: 'up',
        range: { window: '1h', step: '90s' },
        headers: { 'X-Scope-OrgID': 'shop' },
        auth: { bearer: { tokenSecret: { name: 'reader', key: 'token' } } },
        tls: { caConfigMap: { name: 'ca', key: 'ca.crt' } },
      },
    },
  }),
  'web, all fields': resolveGate(
    webCheck({ path: '/check', method: 'POST', headers: { accept: 'application/json', 'x-check': 'yes' }, body: '{}', interval: '1m30s' }),
  ),
  'web, least': resolveGate(webCheck({ path: '/check' })),
  'job, all fields': resolveGate(jobCheck({ image: IMAGE, command: ['check'], args: ['--deep'], env: { MODE: 'sandbox' } })),
  'job, least': gate({ provider: { job: { image: IMAGE } } }),
};

describe('an AnalysisTemplate', () => {
  it.each(Object.entries(gates))('is one by the models of Argo Rollouts (%s)', (_, of) => {
    const template = analysisTemplate(of, { ...context, jobLabels: { 'sidecar.istio.io/inject': 'false' } });
    // The model's own types want what its validator is here to check.
    const model = new AnalysisTemplate(template as unknown as ConstructorParameters<typeof AnalysisTemplate>[0]);
    expect(() => model.validate()).not.toThrow();
  });

  it('carries the gate with its arguments, their values filled in', () => {
    const own = gate({
      args: { limit: '0.01' },
      provider: {
        prometheus: { address: 'http://prometheus:9090', query: 'x{to="{{args.candidate}}",in="{{args.namespace}}"}', timeout: '1500ms' },
      },
      successCondition: 'result[0] < {{args.limit}}',
      failureCondition: 'result[0] >= {{args.limit}}',
      interval: '90s',
    });
    expect(analysisTemplate(own, context)).toEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: {
        name: 'web-check',
        namespace: 'shop',
        labels: { 'tidegate.dev/release': 'web' },
        annotations: { 'tidegate.dev/description': 'It works.' },
      },
      spec: {
        args: [
          { name: 'namespace', value: 'shop' },
          { name: 'candidate', value: 'web-1a2b3c4d' },
          { name: 'limit', value: '0.01' },
        ],
        metrics: [
          {
            name: 'check',
            interval: '1m30s',
            count: 5,
            initialDelay: '30s',
            successCondition: 'result[0] < {{args.limit}}',
            failureCondition: 'result[0] >= {{args.limit}}',
            failureLimit: 1,
            inconclusiveLimit: 3,
            consecutiveErrorLimit: 4,
            provider: {
              prometheus: { address: 'http://prometheus:9090', query: 'x{to="{{args.candidate}}",in="{{args.namespace}}"}', timeout: 2 },
            },
          },
        ],
      },
    });
  });

  it('leaves out what is not there: arguments, conditions, headers, body', () => {
    expect(analysisTemplate(gate(), context)).not.toHaveProperty('spec.args');
    const { successCondition: _, failureCondition: __, ...job } = gate({ provider: { job: { image: IMAGE } } });
    const bare = metricOf(analysisTemplate({ ...job, successCondition: null, failureCondition: null }, context));
    expect(Object.keys(bare)).not.toContain('successCondition');
    expect(Object.keys(bare)).not.toContain('failureCondition');
    const web = metricOf(analysisTemplate(resolveGate(webCheck({ path: '/check' })), context)).provider;
    expect(web).toEqual({
      web: {
        url: 'http://{{args.candidate-service}}.{{args.namespace}}.svc.cluster.local/check',
        method: 'GET',
        jsonPath: '{$.status}',
        timeoutSeconds: 10,
      },
    });
  });

  it('asks over a range as Argo Rollouts does, and says what it leaves out', () => {
    const template = analysisTemplate(gates['prometheus, all fields'] ?? gate(), context);
    expect(metricOf(template).provider).toEqual({
      prometheus: {
        address: 'https://prometheus',
        query: 'up',
        timeout: 10,
        rangeQuery: { start: 'now() - duration("1h")', end: 'now()', step: '1m30s' },
        headers: [{ key: 'X-Scope-OrgID', value: 'shop' }],
      },
    });
    expect(template.metadata.annotations).toMatchObject({ 'tidegate.dev/left-out': 'auth, tls' });
  });

  it('writes headers as a list', () => {
    const { provider } = metricOf(analysisTemplate(resolveGate(webCheck({ path: '/', headers: { a: '1', b: '2' } })), context));
    expect(provider).toMatchObject({
      web: {
        headers: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2' },
        ],
      },
    });
  });

  it('gives a Job that ends, is tried once and meets the restricted Pod Security profile', () => {
    const template = analysisTemplate(resolveGate(jobCheck({ image: IMAGE, timeout: '3m' })), {
      ...context,
      jobLabels: { 'sidecar.istio.io/inject': 'false' },
    });
    expect(metricOf(template).provider).toEqual({
      job: {
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: 180,
          ttlSecondsAfterFinished: 3600,
          template: {
            metadata: { labels: { 'sidecar.istio.io/inject': 'false' } },
            spec: {
              restartPolicy: 'Never',
              automountServiceAccountToken: false,
              securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
              containers: [
                {
                  name: 'check',
                  image: IMAGE,
                  env: [{ name: 'CANDIDATE_URL', value: 'http://{{args.candidate-service}}.{{args.namespace}}.svc.cluster.local' }],
                  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
                  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
                },
              ],
            },
          },
        },
      },
    });
  });

  it('is refused, as the gate in the plan is, when an argument is undeclared', () => {
    expect(() => analysisTemplate(gate({ successCondition: 'result[0] < {{args.max}}' }), context)).toThrow(ProblemError);
  });
});

function metricOf(template: ReturnType<typeof analysisTemplate>): Readonly<Record<string, unknown>> {
  const { metrics } = template.spec as { metrics: readonly Readonly<Record<string, unknown>>[] };
  const [metric = {}] = metrics;
  return metric;
}
