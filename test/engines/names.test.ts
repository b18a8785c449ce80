import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { releaseNameProblem } from '../../lib/intent/names.ts';
import type { ResolvedIntent, Scale } from '../../lib/intent/resolved.ts';
import { freeze, inFlight, jobGate, next, render, web, withGates, withWorkload } from './fixtures.ts';
import { podTemplates } from './pods.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(?=.{0,63}$)([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/;

const label = (maxLength: number) => fc.stringMatching(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, { maxLength }).filter((name) => name.length > 0);
const releaseName = label(40).filter((name) => releaseNameProblem(name) === null);
const load: Scale = { kind: 'autoscale', min: 1, max: 2, cpu: 50, memory: null, custom: [] };

const intentOf = (release: string, config: string, secret: string): ResolvedIntent =>
  withWorkload(
    {
      config: [{ name: config, data: { a: '1' }, mountPath: '/a', env: true }],
      secrets: [{ name: secret, mountPath: '/b', env: true }],
      env: {},
    },
    {
      ...withGates([jobGate(20)]),
      release,
      scale: load,
      traffic: { ...web.traffic, outlierDetection: { consecutive5xx: 1, everySeconds: 1, ejectForSeconds: 1, maxEjectedPercent: 1 } },
    },
  );

describe('names', () => {
  test('are valid for every release name that is accepted', () => {
    fc.assert(
      fc.property(releaseName, label(63), fc.array(label(60), { minLength: 1, maxLength: 4 }), (release, config, parts) => {
        const intent = intentOf(release, config, parts.join('.'));
        const objects = render(inFlight(intent, freeze(intent), [{ revision: freeze(next(intent, '9')), reason: 'replaced' }]));
        for (const { kind, metadata } of objects) {
          // Jobs and Services are DNS labels; a Job's name becomes a label of its pods
          expect(metadata.name).toMatch(kind === 'ConfigMap' ? DNS_SUBDOMAIN : DNS_LABEL);
          for (const value of Object.values(metadata.labels ?? {})) expect(value).toMatch(LABEL_VALUE);
        }
        for (const { template } of podTemplates(objects)) {
          for (const value of Object.values(template.metadata.labels)) expect(value).toMatch(LABEL_VALUE);
          const named = [...template.spec.containers, ...((template.spec.volumes ?? []) as { name: string }[])];
          for (const { name } of named) expect(name).toMatch(DNS_LABEL);
        }
      }),
      { numRuns: 100, examples: [['a'.repeat(40), 'b'.repeat(63), ['c'.repeat(60), 'd'.repeat(60), 'e'.repeat(60)]]] },
    );
  });
});
