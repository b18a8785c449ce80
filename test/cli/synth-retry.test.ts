import { describe, expect, it } from 'vitest';
import { readLock } from '../../lib/lock/read.ts';
import { aborted } from '../../lib/lock/settle.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { DIGEST } from './repository.ts';
import { atRest, NOWHERE, synth } from './synthesizing.ts';

const LOCK = 'lock/production/shop/web.yaml';
const KEY = { target: 'production', namespace: 'shop', release: 'web' };

describe('synth --retry', () => {
  it('refuses a release that is not there', async () => {
    const repository = await atRest();
    const before = repository.output();
    const { code, err } = await synth(repository, NOWHERE, { retry: ['wep'] });
    expect([code, err]).toEqual([2, expect.stringContaining("there is no release 'wep'; did you mean 'web'?")]);
    expect(repository.output()).toEqual(before);
  });

  it('says which release was not given up, and starts the one that was', async () => {
    const repository = await atRest();
    repository.edit('charts/web.yaml', DIGEST('1'), DIGEST('2'));
    await synth(repository, NOWHERE);
    repository.write(LOCK, writeLock(aborted(readLock(repository.read(LOCK), KEY))));
    const { code, err } = await synth(repository, NOWHERE, { retry: ['web', 'api'] });
    expect([code, err]).toEqual([0, expect.stringContaining('api was not given up')]);
    expect(err).not.toContain('web was not given up');
    expect(readLock(repository.read(LOCK), KEY).inFlight).not.toBeNull();
  });
});
