import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENGINES } from '../../lib/engines/index.ts';
import { verbatim } from '../../lib/engines/native/env.ts';
import type { ResolvedIntent, ResolvedMesh } from '../../lib/intent/resolved.ts';
import { at } from '../../lib/lock/revision.ts';
import { context, inFlight, web } from './fixtures.ts';
import { only, templateOf } from './pods.ts';

const flight = inFlight(web).inFlight;
const jobsOf = (intent: ResolvedIntent) => ENGINES.native.jobs(flight.plan, flight.hash, intent, context);
const [http, journey] = jobsOf(web).map((job) => ({ job, ...templateOf(job), container: only(templateOf(job).spec.containers) }));
const url = `http://${flight.candidate.name}.shop.svc.cluster.local:80`;
const envOf = (container: typeof http) => Object.fromEntries((container?.container.env ?? []).map(({ name, value }) => [name, value]));

describe('a smoke Job', () => {
  test('belongs to its plan and step, and to no Service or budget of the application', () => {
    expect(http?.job.metadata).toMatchObject({ name: `web-smoke-${flight.hash}-1`, annotations: { 'tidegate.dev/plan': flight.hash } });
    expect(http?.metadata.labels).toEqual({
      'app.kubernetes.io/name': 'tidegate-smoke',
      'app.kubernetes.io/part-of': 'web',
      'tidegate.dev/release': 'web',
      'tidegate.dev/component': 'smoke',
      'sidecar.istio.io/inject': 'false',
    });
  });

  test('starts by itself, is bounded by its step, and is neither repeated nor removed', () => {
    expect(http?.job.spec).toEqual({
      backoffLimit: 1,
      activeDeadlineSeconds: flight.plan.steps[1]?.deadlineSeconds,
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      podReplacementPolicy: 'Failed',
      template: expect.anything(),
    });
    expect(http?.spec).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false });
  });

  test('asks the candidate by the program that was frozen with it', () => {
    expect(http?.container).toMatchObject({
      image: context.project.helper.image,
      args: ['--input-type=module', '-e', 'console.log(`${process.env.TIDEGATE_SMOKE}`);\n'],
    });
    expect(JSON.parse(expanded(envOf(http).TIDEGATE_SMOKE ?? '', { HOME: '/root' }))).toEqual({
      url,
      deadlineSeconds: 710,
      checks: at(web.smoke[0], 'test', 'http'),
    });
  });

  test('hands the address of the candidate to a container of the team', () => {
    expect(journey?.container).toMatchObject({ image: at(web.smoke[1], 'test', 'container', 'image'), args: ['--fast'] });
    expect(journey?.container).not.toHaveProperty('command');
    expect(envOf(journey)).toEqual({ CANDIDATE_URL: url, CURRENCY: 'EUR', PREVIEW_URL: url });
  });

  test.each<[ResolvedMesh['jobs'], string, string | undefined, string | undefined]>([
    ['none', 'false', undefined, undefined],
    ['native-sidecar', 'true', 'true', undefined],
    ['quit', 'true', undefined, '1'],
  ])('is in the mesh as the intent says: %s', (jobs, inject, nativeSidecar, quit) => {
    for (const job of jobsOf({ ...web, mesh: { jobs, runner: false } })) {
      const { metadata, spec } = templateOf(job);
      expect(metadata.labels['sidecar.istio.io/inject']).toBe(inject);
      expect(metadata.annotations?.['sidecar.istio.io/nativeSidecar']).toBe(nativeSidecar);
      expect(only(spec.containers).env?.find(({ name }) => name === 'TIDEGATE_QUIT_SIDECAR')?.value).toBe(quit);
    }
  });
});

describe('text in arguments and variables', () => {
  const text = fc.string({ unit: fc.constantFrom('$', '(', ')', '{', 'A', 'x') });

  test('reaches the program as it was written', () => {
    fc.assert(fc.property(text, (written) => expanded(verbatim(written), { A: 'value of A', x: 'y' }) === written));
  });

  test('stays readable where nothing would be expanded', () => {
    expect(verbatim('`${name}` costs $5')).toBe('`${name}` costs $5');
  });
});

/** Kubernetes' expansion: `$(NAME)` is the value of a known variable, `$$` is one `$`, anything else is itself. */
function expanded(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return Object.hasOwn(values, name) ? (values[name] ?? '') : whole;
  });
}
