import { describe, expect, it } from 'vitest';
import { DIGEST } from '../cli/repository.ts';
import { deployment, Story, withoutReplicas } from './story.ts';

describe('a rollback', () => {
  it('brings a cold revision back byte for byte, and what it replaced stays given up', async () => {
    const story = await Story.begin();
    const first = story.stable;
    const [before] = Object.values(withoutReplicas(story.manifests(deployment(first))));
    await story.releases('2');
    await story.records('promoted');
    await story.retires();
    const second = story.stable;
    const drill = await story.does('rollback', 'web', '--drill');
    expect(drill.out).toContain(`would bring ${first} back`);
    expect(drill.out).toMatch(/^promoted after \d+s$/m);
    expect(story.git('status', '--porcelain')).toBe('');
    await story.does('rollback', 'web');
    const untried = `Nothing says that ${first} passes smoke test`;
    expect(drill.out).toContain(untried);
    expect((await story.does('plan', 'web')).err).toContain(untried);
    expect((await story.repository.tidegate('diff', '--words')).out).toContain(`! ${untried}`);
    story.commit('Roll back');
    const { candidate, plan } = story.inFlight;
    expect(candidate.name).toBe(first);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['scale', 'smoke', 'scale', 'switch', 'bake']);
    expect(Object.values(story.manifests(deployment(first)))).toEqual([before]);
    expect((await story.does('synth', '--check')).out).toBe('');
    expect((await story.does('rollback', 'web')).out).toContain('already');
    await story.records('promoted');
    expect(story.stable).toBe(first);
    expect(story.lock).toMatchObject({ declined: { revision: second, reason: 'rolled back' }, retiring: [{ revision: { name: second } }] });
    expect((await story.does('synth', '--refresh')).out).not.toContain('started');
    expect(story.lock.inFlight).toBeNull();
  });

  it('is what synth chooses where an intent is a proven one again', async () => {
    const story = await Story.begin();
    const first = story.stable;
    await story.releases('2');
    await story.records('promoted');
    await story.does('set-image', `web@${DIGEST('1')}`);
    expect((await story.does('synth')).out).toContain('rollback started');
    expect(story.inFlight).toMatchObject({ rollback: true, warm: true, candidate: { name: first } });
  });

  it('asks one person where risk is high, which the rules accept', async () => {
    const story = await Story.begin();
    await story.releases('2');
    await story.records('promoted');
    story.repository.edit('charts/main.ts', 'replicas: 3,', "replicas: 3, risk: 'high',");
    await story.does('synth');
    story.commit('Mind the risk');
    const { err } = await story.does('rollback', 'web');
    expect(err).toContain('once it waits: tidegate approve web rollback --git');
    expect(story.inFlight.plan.approvals).toEqual({ required: ['rollback'], waived: null });
    await story.does('approve', 'web', '--git', '--by', 'alice@example.com');
    expect(story.repository.read('approvals.yaml')).toContain('approval: rollback');
  });

  it('is refused where there is nothing to go back to, and in flight', async () => {
    const story = await Story.begin();
    expect(await story.tidegate('rollback', 'web')).toMatchObject({
      code: 1,
      err: expect.stringContaining('holds no revision that was stable before'),
    });
    expect(await story.tidegate('rollback', 'web', '--to', 'web-00000000')).toMatchObject({
      code: 1,
      err: expect.stringContaining('was ever stable'),
    });
    await story.releases('2');
    await story.records('promoted');
    await story.releases('3');
    expect(await story.tidegate('rollback', 'web')).toMatchObject({ code: 1, err: expect.stringContaining('tidegate abort web') });
  });
});

describe('git revert of the release commit', () => {
  it('ends a release in flight, and one that was recorded as aborted goes back by its intent', async () => {
    const story = await Story.begin();
    const rest = story.repository.output();
    await story.releases('2');
    story.git('revert', '--no-edit', 'HEAD');
    expect(story.repository.output()).toEqual(rest);
    expect((await story.does('synth', '--check')).out).toBe('');
    await story.releases('2');
    await story.records('aborted');
    await story.does('set-image', `web@${DIGEST('1')}`);
    await story.does('synth');
    expect(story.lock.declined).toBeUndefined();
    expect(story.lock.inFlight).toBeNull();
    expect(Object.values(story.manifests(/virtualservice-web/))).toEqual([rest['dist/production/shop/web/virtualservice-web.yaml']]);
  });
});
