import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CLI } from '../cli/repository.ts';
import { GitRepository } from './git-repository.ts';
import { LOCK, Story } from './story.ts';

describe('integrations/record.sh', () => {
  const SCRIPT = fileURLToPath(new URL('../../integrations/record.sh', import.meta.url));
  const IDENTITY = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };

  it('pushes what is recorded once, also to a branch that moves while it works', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const origin = join(story.repository.directory, 'out/origin.git');
    story.git('clone', '--quiet', '--bare', '.', origin);
    story.git('remote', 'add', 'origin', origin);
    const record = story.ended('promoted');
    const run = () =>
      story.repository.run('bash', [SCRIPT], { ...IDENTITY, BRANCH: 'main', TIDEGATE: `${process.execPath} ${CLI}`, RECORD: record });
    // Somebody else comes first, once: as the push begins.
    story.git('checkout', '--quiet', '-b', 'other');
    story.repository.write('NOTES.md', 'ours\n');
    story.commit('Notes');
    story.repository.write('.git/hooks/pre-push', '#!/bin/sh\nrm "$0"\ngit push --quiet origin other:main\n');
    chmodSync(join(story.repository.directory, '.git/hooks/pre-push'), 0o755);
    const first = await run();
    expect([first.code, story.git('log', '--format=%s', '-2', 'origin/main')]).toEqual([0, 'Record the release of web\nNotes']);
    const second = await run();
    expect([second.code, second.out]).toEqual([0, expect.stringContaining('recorded already')]);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Record the release of web');
  });

  it('takes the record out of what triggered the job, and leaves a notification without one to who has a cluster', async () => {
    const story = await Story.begin();
    await story.releases('2');
    story.git('clone', '--quiet', '--bare', '.', join(story.repository.directory, 'out/origin.git'));
    story.git('remote', 'add', 'origin', 'out/origin.git');
    const env = {
      ...IDENTITY,
      BRANCH: 'main',
      TIDEGATE: `${process.execPath} ${CLI}`,
      TRIGGER_PAYLOAD: 'out/payload.json',
      KUBECONFIG: '',
    };
    const triggered = (body: object) => {
      // As GitLab writes it: parameters of the trigger beside the body.
      story.repository.write('out/payload.json', JSON.stringify({ ...body, id: '9', ref: 'main', variables: {} }));
      return story.repository.run('bash', [SCRIPT], env);
    };
    const told = await triggered({ type: 'tidegate.release.promoted', timestamp: '2026-03-01T12:00:00Z', data: { release: 'web' } });
    expect([told.code, told.out]).toEqual([0, 'neither a cluster nor a record\n']);
    const record = JSON.parse(story.ended('promoted'));
    expect((await triggered({ record })).code).toBe(0);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Record the release of web');
    const committed = JSON.parse(story.git('show', `origin/main:releases/production/web/${record.plan}.json`));
    expect(committed).toEqual({ ...record, intent: expect.any(String) });
  });

  it('records and pushes the others where one cannot be, and then fails with what that came to', async () => {
    const lock = (release: string) => `lock/production/shop/${release}.yaml`;
    const inFlight = 'inFlight: some\nretiring: []\n';
    const files = Object.fromEntries(['api', 'broken', 'forged', 'web'].map((release) => [lock(release), inFlight]));
    const repository = new GitRepository({
      ...files,
      'dist/one.yaml': 'one\n',
      '.gitignore': 'out\nnode_modules\n',
      // What is broken leaves half of its work behind, and of what is forged the check says so.
      'out/tidegate': `case "$*" in
  *--check*) ! git diff --quiet HEAD~1 -- ${lock('forged')} && exit 1 || exit 0 ;;
  *broken*) echo half >dist/one.yaml; mkdir -p releases; echo half >releases/broken.json; exit 3 ;;
esac
mkdir -p releases && echo '{}' >releases/$2.json && printf 'inFlight: null\nretiring: []\n' >lock/production/shop/$2.yaml\n`,
    });
    repository.commit('Begin');
    repository.git('clone', '--quiet', '--bare', '.', 'out/origin.git');
    repository.git('remote', 'add', 'origin', 'out/origin.git');
    const run = () => repository.run('bash', [SCRIPT], { ...IDENTITY, BRANCH: 'main', TIDEGATE: 'sh out/tidegate' });
    expect((await run()).code).toBe(3);
    expect(repository.git('log', '--format=%s', 'origin/main')).toBe('Record the release of web\nRecord the release of api\nBegin');
    expect(repository.git('diff', '--name-only', 'origin/main~2', 'origin/main').split('\n')).toEqual([
      ...['api', 'web'].map(lock),
      'releases/api.json',
      'releases/web.json',
    ]);
    expect((await run()).code).toBe(3);
    const one = await repository.run('bash', [SCRIPT], { ...IDENTITY, BRANCH: 'main', TIDEGATE: 'sh out/tidegate', TARGET: 'staging' });
    expect(one.code).toBe(0);
  });

  it('retires what a newer release superseded once that one is recorded, and not in flight', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const superseded = story.inFlight.candidate.name;
    await story.releases('3');
    story.git('clone', '--quiet', '--bare', '.', join(story.repository.directory, 'out/origin.git'));
    story.git('remote', 'add', 'origin', 'out/origin.git');
    // The cluster says that the release has not ended, and that nothing reaches what retires.
    const cli = `exec ${process.execPath} ${CLI} "$@" --now 2027-01-01T00:00:00Z`;
    story.repository.write('out/tidegate', `case "$*" in *--check*) ${cli} ;; *--retire*) ${cli} --without-cluster ;; *) exit 1 ;; esac\n`);
    const run = () => story.repository.run('bash', [SCRIPT], { ...IDENTITY, BRANCH: 'main', TIDEGATE: 'sh out/tidegate' });
    const inFlight = await run();
    expect([inFlight.code, inFlight.out]).toEqual([
      0,
      expect.stringContaining(`${superseded} keeps its pods until plan ${story.inFlight.hash}`),
    ]);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Release 3');
    await story.records('promoted');
    story.git('push', '--quiet', 'origin', 'HEAD:main');
    const after = await run();
    expect([after.code, after.err]).toEqual([0, expect.not.stringContaining('fatal')]);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Retire what web has replaced');
    expect(story.git('show', `origin/main:${LOCK}`)).not.toContain(superseded);
  });
});
