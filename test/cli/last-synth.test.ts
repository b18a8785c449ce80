import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KnownResults } from '../../lib/cli/known-results.ts';
import type { Told } from '../../lib/cli/told.ts';
import { atRest, emptyCache, intent, NOWHERE, resultsIn, synth } from './synthesizing.ts';

describe('what the last synth has found', () => {
  it('is told again where nothing has changed, and not where anything has', async () => {
    const [repository, cache] = [await atRest(), emptyCache()];
    expect(await synth(repository, cache)).toMatchObject({ code: 0, err: expect.stringContaining('written') });
    const [name = ''] = readdirSync(join(cache, 'tidegate'));
    // What nobody but a kept result would say.
    const known = new KnownResults<Told>().of(name);
    if (!known) throw new Error('nothing was kept');
    new KnownResults<Told>().keep(name, { ...known, told: { ...known.told, files: 4_711 } });

    const again = await synth(repository, cache);
    expect(again.err).toContain('4711 unchanged');
    expect(await synth(repository, cache, { check: true })).toEqual({ code: 0, out: '', err: '' });
    repository.edit('dist/production/shop/web/service-web.yaml', /$/, '# edited\n');
    expect((await synth(repository, cache, { check: true })).out).toBe('dist/production/shop/web/service-web.yaml\n');
    expect((await synth(repository, cache)).err).toMatch(/1 written, \d\d unchanged/);
  });

  it('is kept by a check of what is right already, and never by one of what is stale', async () => {
    const [repository, cache] = [await atRest(), emptyCache()];
    expect((await synth(repository, cache, { check: true })).code).toBe(1);
    expect(resultsIn(cache)).toHaveLength(0);
    await synth(repository, NOWHERE);
    expect((await synth(repository, cache, { check: true })).code).toBe(0);
    expect(resultsIn(cache)).toHaveLength(1);
  });

  it('is not kept where rules of the repository itself judge: they may ask for anything', async () => {
    const rule = `export const teamLabel = { id: 'team-label', holds: 'x', severity: 'info', kinds: 'any', why: 'x', fix: 'x', examples: [], *check() {} };\n`;
    const [repository, cache] = [await atRest({ 'policies/team.ts': rule }), emptyCache()];
    expect((await synth(repository, cache)).code).toBe(0);
    expect(resultsIn(cache)).toHaveLength(0);
  });

  it('is not kept of a run that starts a release: its inputs are no more', async () => {
    const [repository, cache] = [await atRest({}), emptyCache()];
    repository.write('charts/web.yaml', intent('web', { digit: '2' }));
    expect(await synth(repository, cache)).toMatchObject({ code: 0, out: expect.stringMatching(/web .*release started/) });
    expect(resultsIn(cache)).toHaveLength(0);
    expect((await synth(repository, cache)).out).toMatch(/web .*unchanged/);
    expect(resultsIn(cache)).toHaveLength(1);
  });

  it('does not fill the folder: the oldest go', () => {
    process.env.XDG_CACHE_HOME = emptyCache();
    const results = new KnownResults<string>();
    for (let number = 0; number < 30; number++) results.keep(`inputs-${number}`, { output: '', told: '' });
    expect(resultsIn(process.env.XDG_CACHE_HOME).length).toBeLessThanOrEqual(20);
  });
});
