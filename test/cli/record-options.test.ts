import { describe, expect, it } from 'vitest';
import { record } from '../../lib/cli/record.ts';

const run = (values: object) =>
  record.run({ positionals: ['web'], values: { ...values }, io: { out: () => undefined, err: () => undefined, color: false } });

describe('an option of record', () => {
  it.each([
    [{ retire: true, from: 'record.json' }, 'record --retire takes no --from'],
    [{ base: 'HEAD' }, 'record takes no --base'],
    [{ 'without-cluster': true }, 'record takes no --without-cluster'],
    [{ 'retire-route': true, now: '2026-03-01T12:00:00Z' }, 'record --retire-route takes no --now'],
    [{ check: true, target: ['staging'] }, 'record --check takes no --target'],
    [{ remove: true, revert: true }, 'record --remove takes no --revert'],
    [{ initial: true, service: 'web' }, 'record --initial takes no --service'],
    [{ initial: true, adopt: 'deployment/web', now: '2026-03-01T12:00:00Z' }, 'record --initial --adopt takes no --now'],
  ])('is refused where it is of another form: %j', async (values, why) => {
    await expect(run(values)).rejects.toThrow(`${why}: that is of another form of record`);
  });

  it.each([
    [{ check: true, base: 'HEAD' }, "record --check takes no 'web'"],
    [{ 'retire-route': true, 'without-cluster': true, format: 'xml' }, '--format xml is not known here'],
    [{ initial: true, adopt: 'deployment/web', service: 'web', from: '-', format: 'xml' }, '--format xml is not known here'],
  ])('reaches a form that takes it: %j', async (values, why) => {
    await expect(run(values)).rejects.toThrow(why);
  });
});
