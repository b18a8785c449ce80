import { describe, expect, it } from 'vitest';
import { promotionsOf } from '../../lib/cli/promotions.ts';
import { Project } from '../../lib/constructs/project.ts';
import type { Synthesis } from '../../lib/constructs/synthesize.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { promoted } from '../../lib/lock/settle.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { promotionFindings } from '../../lib/policy/promotion.ts';
import { releaseRecord } from '../../lib/runner/report.ts';
import { newStatus } from '../../lib/runner/status.ts';
import { Repository } from '../cli/repository.ts';
import { compile, image } from '../constructs/compiling.ts';

const rest = compile({}, null).lock;
const flight = compile({ image: image('a') }, rest).lock;
const { inFlight, stable } = flight;
if (!inFlight || 'external' in stable) throw new Error('the fixture is not in flight');
const { candidate, hash, plan } = inFlight;
/** What `record` makes of it. */
const recorded: Lock = promoted(flight);
const begun = newStatus({ plan: hash, planUid: 'uid', at: 0, generation: 1 });
const record = JSON.stringify(releaseRecord({ ...begun, phase: 'Promoted' }, plan));
const file = `lock/${rest.target}/${rest.namespace}/web.yaml`;
const recordFile = `releases/${rest.target}/web/${hash}.json`;

/** What is said of a lock that is in the repository, with its records, after what was there before. */
function said(
  lock: Lock,
  files: Readonly<Record<string, string>> = {},
  before: Lock | null | 'not asked' = 'not asked',
): readonly string[] {
  const text = writeLock(lock);
  const project = new Project({ directory: new Repository({ [file]: text, ...files }).directory });
  const synthesis = { releases: [{ lock, target: lock.target }] } as unknown as Synthesis;
  const base = before === 'not asked' ? null : before === null ? [] : [{ name: file, text: writeLock(before) }];
  return promotionsOf(synthesis, project, base)
    .flatMap(promotionFindings)
    .map(({ message }) => message);
}

describe('a lock', () => {
  it('may make a revision stable with the record of its release', () => {
    expect(said(recorded, { [recordFile]: record })).toEqual([]);
    expect(said(recorded, { [recordFile]: record }, flight)).toEqual([]);
  });

  it('may not without it, nor with that of another revision or outcome', () => {
    const stays = `lock of web: ${candidate.name} is stable by plan ${hash}`;
    expect(said(recorded)).toEqual([`${stays}, and there is no ${recordFile}.`]);
    expect(said(recorded, { [recordFile]: '{' })).toEqual([`${stays}, and ${recordFile} does not say that it was promoted.`]);
    const edited = (changes: object) => ({ [recordFile]: JSON.stringify({ ...JSON.parse(record), ...changes }) });
    expect(said(recorded, { [recordFile]: JSON.stringify(releaseRecord({ ...begun, phase: 'Aborted' }, plan)) })).toEqual([
      `${stays}, and ${recordFile} does not say that it was promoted.`,
    ]);
    expect(said(recorded, edited({ candidate: plan.stable }))).toEqual([`${stays}, and ${recordFile} is about ${stable.name}.`]);
    expect(said(recorded, edited({ plan: '00000000' }))).toEqual([`${stays}, and ${recordFile} is the record of plan 00000000.`]);
  });

  it('is at rest or in flight without one where stable is its first entry', () => {
    for (const lock of [rest, flight]) {
      expect(said(lock)).toEqual([]);
      expect(said(lock, {}, rest)).toEqual([]);
      expect(said(lock, {}, null)).toEqual([]);
    }
  });

  it('says of the change what its own text hides: a history that was begun anew', () => {
    const anew: Lock = { ...recorded, history: [{ revision: candidate.name, image: candidate.image, plan: null }] };
    expect(said(anew)).toEqual([]);
    expect(said(anew, {}, flight)).toEqual([`lock of web: its history no longer has ${stable.name}, which was proven.`]);
  });

  it('names the line of the history', () => {
    const text = writeLock(recorded);
    const [finding] = promotionFindings({ file, text, lock: recorded, record: (path) => ({ path, text: null }) });
    expect(text.split('\n')[(finding?.line ?? 0) - 1]).toBe('history:');
  });
});
