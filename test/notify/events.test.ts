import { describe, expect, test } from 'vitest';
import { happeningsIn, type Seen, stallIn } from '../../lib/notify/events.ts';
import type { Report } from '../../lib/runner/run.ts';
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

describe('a stall', () => {
  /** One report each minute, and a look after each of them. */
  const tellAfter = (texts: readonly string[], silentMinutes = 0) => {
    let seen: Seen | null = null;
    const told: string[] = [];
    const look = (minute: number) => {
      if (seen === null) return;
      const outcome = stallIn(seen, minute * MINUTE, plan);
      seen = outcome.seen;
      told.push(...outcome.happenings.map(({ reason }) => `${minute}: ${reason}`));
    };
    for (const [minute, text] of texts.entries()) {
      seen = happeningsIn(seen, report(text, minute * MINUTE), plan).seen;
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
});
