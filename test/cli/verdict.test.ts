import { describe, expect, it } from 'vitest';
import { chart, Repository } from './repository.ts';

/** A chart with a Job of the release beside it, whose image may be anything on the next day. */
const withJob = (image: string) =>
  chart({
    before: `new ApiObject(chart, 'migrate', {
  apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', namespace: 'shop', labels: { 'tidegate.dev/release': 'web' } },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'm', image: '${image}' }] } } },
});`,
  }).replace('App, Chart', 'ApiObject, App, Chart');

const WAIVERS = `waivers:
  - { rule: image-digest, object: Job/shop/migrate, reason: vendor, owner: team, expires: 2020-01-01 }
  - { rule: pod-security, object: Job/shop/migrate, reason: vendor, owner: team, expires: 2020-01-01 }
`;

describe('tidegate synth and record', () => {
  it('write nothing where a rule finds an error, and name the line of the chart and the remedy', async () => {
    const repository = new Repository({ 'charts/main.ts': withJob('migrate:latest') });
    for (const command of [
      ['record', 'web', '--initial'],
      ['record', 'web', '--initial', '--format', 'json'],
    ]) {
      const { code, out, err } = await repository.tidegate(...command);
      const said = `${out}${err}`;
      expect([code, repository.output()]).toEqual([1, {}]);
      expect(said).toContain('image-digest');
      expect(said).toContain("container 'm' runs 'migrate:latest'");
      if (command.includes('json')) expect(JSON.parse(out).summary.errors).toBeGreaterThan(0);
      else
        expect([out, err]).toEqual([
          '',
          expect.stringMatching(/made at charts\/main\.ts:7:1[\s\S]*Nothing was written\. .*tidegate\.waivers\.yaml/),
        ]);
    }
  });

  it('write what is waived, on whatever day, and say how much; a later error leaves all as it was', async () => {
    const repository = new Repository({ 'charts/main.ts': withJob('migrate:latest'), 'tidegate.waivers.yaml': WAIVERS });
    expect(await repository.tidegate('record', 'web', '--initial')).toMatchObject({ code: 0 });
    const { code, out } = await repository.tidegate('synth', '--format', 'json');
    expect([code, JSON.parse(out).policy]).toMatchObject([0, { errors: 0, waived: expect.any(Number) }]);
    expect(JSON.parse(out).policy.waived).toBeGreaterThan(0);
    const before = repository.output();
    repository.edit('tidegate.waivers.yaml', /.*image-digest.*\n/, '');
    expect((await repository.tidegate('synth')).code).toBe(1);
    expect(repository.output()).toEqual(before);
    repository.edit('tidegate.waivers.yaml', 'owner', 'ownr');
    const { err } = await repository.tidegate('synth', '--check');
    expect(err).toMatch(/tidegate\.waivers\.yaml\n {2}2:\d+ {2}error {2}waiver-valid/);
  });
});
