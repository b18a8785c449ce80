import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DIGEST } from '../cli/repository.ts';
import { LOCK, Story } from './story.ts';

const RUNNING = `
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: { name: web }
    spec:
      replicas: 3
      selector: { matchLabels: { app: web } }
      template:
        metadata: { labels: { app: web } }
        spec: { containers: [{ name: web, image: 'registry.example.com/web:0.9.0@${DIGEST('9')}' }] }
  - apiVersion: v1
    kind: Service
    metadata: { name: web, namespace: shop }
    spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;
const ADOPT = ['record', 'web', '--initial', '--adopt', 'deployment/web', '--from', 'out/running.yaml'] as const;

const service = (story: Story) => parse(story.repository.read('dist/production/shop/web/service-web.yaml'));
const routed = (story: Story): string[] =>
  parse(story.repository.read('dist/production/shop/web/virtualservice-web.yaml')).spec.http[0].route.map(
    ({ destination, weight }: { destination: { host: string }; weight: number }) => `${destination.host.split('.')[0]} ${weight}`,
  );

describe('a workload that was adopted', () => {
  it('is stable of a release that is given up, tried again and recorded, and then Git says nothing of it', async () => {
    const story = Story.unrecorded(RUNNING);
    const { err } = await story.does(...ADOPT);
    expect(err).toContain('The first release starts with the next change of the intent');
    expect([story.stable, routed(story), service(story).spec.selector]).toEqual(['web', ['web 100'], { app: 'web' }]);
    story.commit('Adopt web');
    expect((await story.does('synth', '--check')).out).toBe('');
    expect(story.lock.history).toEqual([{ revision: 'web', image: `registry.example.com/web:0.9.0@${DIGEST('9')}`, plan: null }]);

    await story.does('synth', '--refresh');
    story.commit('Release as it stands');
    const { candidate } = story.inFlight;
    expect(routed(story)).toEqual(['web 100', `${candidate.name} 0`]);
    expect(service(story).metadata.annotations).toMatchObject({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' });

    await story.records('aborted');
    expect([story.stable, routed(story), service(story).spec.selector]).toEqual(['web', ['web 100'], { app: 'web' }]);
    await story.does('synth', '--retry', 'web');
    story.commit('Try again');
    expect(story.inFlight.candidate.name).toBe(candidate.name);

    const { out } = await story.records('promoted');
    expect(out).toContain('Deployment web gets nothing from the route any more, and can be removed where it is kept');
    expect([story.stable, routed(story)]).toEqual([candidate.name, [`${candidate.name} 100`]]);
    expect(service(story).spec.selector).toEqual({ 'tidegate.dev/release': 'web', 'tidegate.dev/revision': candidate.name });
    expect(service(story).metadata.annotations).toBeUndefined();
    // Its port stays without a name, by which proxies find the pods.
    expect(service(story).spec.ports).toEqual([{ port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }]);
    expect((await story.does('record', '--check', '--base', 'HEAD~1')).code).toBe(0);
    expect((await story.does('record', 'web', '--retire', '--without-cluster')).out).toContain('nothing retires');
    expect(await story.tidegate('rollback', 'web')).toMatchObject({ code: 1 });
    expect((await story.does('lint')).out).not.toContain('error');
  });

  it('tells JSON what is left to people', async () => {
    const story = Story.unrecorded(RUNNING);
    const { adoption } = JSON.parse((await story.does(...ADOPT, '--format', 'json')).out);
    expect(adoption).toMatchObject({
      deployment: 'web',
      service: 'web',
      image: `registry.example.com/web:0.9.0@${DIGEST('9')}`,
      steps: [{ when: 'after' }, { when: 'retire' }],
    });
  });

  it('is made once: a lock that was lost since is restored from Git', async () => {
    const story = Story.unrecorded(RUNNING);
    await story.does(...ADOPT);
    story.commit('Adopt');
    rmSync(join(story.repository.directory, LOCK));
    expect(await story.tidegate(...ADOPT)).toMatchObject({ code: 2, err: expect.stringContaining(`git checkout HEAD -- ${LOCK}`) });
    expect(story.git('status', '--porcelain').trim()).toBe(`D ${LOCK}`);
  });

  it.each<[string, string, RegExp]>([
    ['that is not in the file', 'apiVersion: v1\nkind: List\nitems: []\n', /there is no Deployment shop\/web/],
    ['from a file that is no YAML', 'a: [', /out\/running.yaml is no YAML/],
    [
      'whose Service selects what the release has as well',
      RUNNING.replaceAll('app: web', 'tidegate.dev/release: web'),
      /users? would|count as its own/,
    ],
  ])('is refused %s, and nothing is written', async (_, running, words) => {
    const story = Story.unrecorded(running);
    expect(await story.tidegate(...ADOPT)).toMatchObject({ code: 2, err: expect.stringMatching(words) });
    expect(story.git('status', '--porcelain')).toBe('');
  });
});
