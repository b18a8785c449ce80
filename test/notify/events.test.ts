import { describe, expect, test } from 'vitest';
import { type Happening, happeningsIn, type Seen, stallIn } from '../../lib/notify/events.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import type { Report } from '../../lib/runner/run.ts';
import { newStatus, type Status } from '../../lib/runner/status.ts';
import { planOf } from '../plan/plans.ts';
import { approval, bake, scale, setWeight, switchOver } from '../runner/release.ts';

const plan = planOf([scale(), setWeight(20), approval(), switchOver(), bake()]);
const MINUTE = 60_000;

/** `Progressing@2`: phase and step; `!` before it: a look that failed. */
function report(text: string, lookedAt = 0): Report {
  const [, failed, phase, step] = /^(!?)(\w+)@(\d)$/.exec(text) ?? [];
  return {
    phase: phase as Report['phase'],
    step: Number(step),
    weight: 0,
    reason: `why ${text}`,
    ready: failed !== '!',
    lookedAt,
    troubles: 0,
  };
}

describe('what happens between reports', () => {
  test.each<[reports: string, events: string]>([
    ['Starting@0', 'started'],
    ['Starting@0 Progressing@0 Progressing@1', 'started - -'],
    ['Progressing@1', '-'],
    ['Progressing@1 Progressing@2 Progressing@2', '- approvalNeeded -'],
    ['Progressing@2', 'approvalNeeded'],
    ['Progressing@2 Held@2 Progressing@2', 'approvalNeeded held -'],
    ['Held@1 Held@1', 'held -'],
    ['Progressing@1 Aborting@1 Aborted@1', '- aborted -'],
    ['Progressing@1 Aborted@1', '- aborted'],
    ['Aborted@1', 'aborted'],
    ['Aborted@1 Starting@0 Progressing@0', 'aborted started -'],
    ['Progressing@4 Promoted@4 Promoted@4', '- promoted -'],
    ['Promoted@4', '-'],
    ['Promoted@4 Aborting@4', '- aborted'],
    ['Progressing@1 Superseded@1', '- -'],
    ['!Refused@0 Starting@0', '- started'],
    ['!Starting@0 Progressing@3', '- -'],
    ['Progressing@2 !Progressing@2 Progressing@2', 'approvalNeeded - -'],
    ['Starting@0 !Starting@0 Starting@0', 'started - -'],
    ['Progressing@3 !Progressing@3 Promoted@4', '- - promoted'],
  ])('%s: %s', (reports, events) => {
    let seen: Seen | null = null;
    const told = reports.split(' ').map((text) => {
      const outcome = happeningsIn(seen, report(text), plan);
      seen = outcome.seen;
      return (
        outcome.happenings.map(({ event, reason }) => (reason === `why ${text}` ? event : `${event} with another reason`)).join() || '-'
      );
    });
    expect(told.join(' ')).toBe(events);
  });
});

describe('the end of a release', () => {
  const begun = newStatus({ plan: '0a1b2c3d', planUid: 'uid', at: 0, generation: 1 });
  /** What the status in the cluster says, whatever the runner has decided since. */
  const ending = (phase: Status['phase'], phaseSince: number, lookedAt: number, more: Partial<Report> = {}): Report => ({
    ...report(`${phase}@4`, lookedAt),
    release: { plan, hash: '0a1b2c3d' },
    view: { kind: 'ours', status: { ...begun, phase, phaseSince, reason: `it is ${phase}` }, resourceVersion: '7' },
    ...more,
  });
  /** The ends that are told, by the number of the report. */
  const endsIn = (reports: readonly Report[]) => {
    let seen: Seen | null = null;
    return reports.flatMap((one, number) => {
      const outcome: { seen: Seen; happenings: readonly Happening[] } = happeningsIn(seen, one, plan);
      seen = outcome.seen;
      return outcome.happenings.filter(({ event }) => event === 'ended').map(({ reason, record }) => [number, reason, record?.outcome]);
    });
  };

  test.each<[what: string, reports: readonly Report[], told: readonly unknown[]]>([
    [
      'is told once its record is there, and with it',
      [ending('Promoted', 1, 1), ending('Promoted', 1, 2)],
      [[0, 'it is Promoted', 'promoted']],
    ],
    ['is not told while users are still led back', [ending('Aborting', 1, 1), ending('Aborted', 2, 2)], [[1, 'it is Aborted', 'aborted']]],
    ['is not told of what was decided and is not written', [ending('Progressing', 1, 1, { phase: 'Promoted' })], []],
    ['is not told of a look that failed', [ending('Promoted', 1, 1, { ready: false })], []],
    [
      "is not told of another plan's status",
      [ending('Promoted', 1, 1, { view: { kind: 'otherPlan', plan: '1', resourceVersion: '8' } })],
      [],
    ],
    [
      'is told anew where the release went back after all',
      [ending('Promoted', 1, 1), ending('Aborting', 2, 2), ending('Aborted', 3, 3)],
      [
        [0, 'it is Promoted', 'promoted'],
        [2, 'it is Aborted', 'aborted'],
      ],
    ],
    [
      'is told again each hour, through a look that failed, since nobody may have written it down',
      [0, 59, 60, 61, 119, 120].map((minute) => ending('Aborted', 0, minute * MINUTE, { ready: minute !== 61 })),
      [0, 2, 5].map((number) => [number, 'it is Aborted', 'aborted']),
    ],
  ])('%s', (_, reports, told) => {
    expect(endsIn(reports)).toEqual(told);
  });
});

describe('a stall', () => {
  /** One report each minute, and a look after each of them. */
  const tellAfter = (texts: readonly string[], silentMinutes = 0, of: Plan = plan) => {
    let seen: Seen | null = null;
    const told: string[] = [];
    const look = (minute: number) => {
      if (seen === null) return;
      const outcome = stallIn(seen, minute * MINUTE, of);
      seen = outcome.seen;
      told.push(...outcome.happenings.map(({ reason }) => `${minute}: ${reason}`));
    };
    for (const [minute, text] of texts.entries()) {
      seen = happeningsIn(seen, report(text, minute * MINUTE), of).seen;
      look(minute);
    }
    for (let minute = texts.length; minute < texts.length + silentMinutes; minute++) look(minute);
    return told;
  };
  const during = (minutes: number, text: string) => Array.from({ length: minutes }, () => text);

  test.each<[what: string, texts: readonly string[], silent: number, told: readonly string[]]>([
    [
      'is told once, after the deadline of the step',
      during(20, 'Progressing@0'),
      0,
      ['7: nothing has moved for 7 minutes: why Progressing@0'],
    ],
    ['counts from the latest move', [...during(6, 'Progressing@0'), ...during(4, 'Progressing@1')], 0, []],
    [
      'is told again at the next step',
      [...during(8, 'Progressing@0'), ...during(5, 'Progressing@1')],
      0,
      ['7: nothing has moved for 7 minutes: why Progressing@0', '12: nothing has moved for 4 minutes: why Progressing@1'],
    ],
    ['is not while people are waited for', during(500, 'Progressing@2'), 0, []],
    ['is not while Git is waited for', [...during(60, 'Progressing@4'), ...during(60, 'Promoted@4')], 0, []],
    ['is not of what is held or over: that was told', [...during(60, 'Held@1'), ...during(60, 'Aborted@1')], 0, []],
    ['is the way back to stable that does not end', during(30, 'Aborting@1'), 0, ['17: nothing has moved for 17 minutes: why Aborting@1']],
    [
      'is a runner that cannot do its work',
      [...during(2, 'Progressing@2'), ...during(9, '!Progressing@2')],
      0,
      ['7: the runner has not been able to do its work for 5 minutes: why !Progressing@2'],
    ],
    [
      'is a runner that never could',
      during(9, '!Refused@0'),
      0,
      ['5: the runner has not been able to do its work for 5 minutes: why !Refused@0'],
    ],
    ['is not what passes', [...during(4, '!Progressing@2'), ...during(2, 'Progressing@2'), ...during(4, '!Progressing@2')], 0, []],
    ['is a runner that says nothing', ['Progressing@2'], 9, ['5: the runner has said nothing for 5 minutes']],
  ])('%s', (_, texts, silent, told) => {
    expect(tellAfter(texts, silent)).toEqual(told);
  });

  test('is not told of a release that waits for others, whatever its first step may take; once begun it has a deadline', () => {
    const queue = { group: 'shop', limit: 1, ahead: [{ release: 'pay', attempt: 3, until: 'over' as const }] };
    const texts = [...during(60, 'Starting@0'), ...during(8, 'Progressing@0')];
    expect(tellAfter(texts, 0, { ...plan, queue })).toEqual(['67: nothing has moved for 7 minutes: why Progressing@0']);
    expect(tellAfter(texts)[0]).toBe('7: nothing has moved for 7 minutes: why Starting@0');
  });
});
