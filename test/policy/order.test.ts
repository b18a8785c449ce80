import { describe, expect, it } from 'vitest';
import type { Lock } from '../../lib/lock/lock.ts';
import type { Ahead, Queue } from '../../lib/plan/plan.ts';
import { orderFindings, type Queued } from '../../lib/policy/order.ts';

interface Said {
  readonly attempts?: number;
  /** `pay 1`: waits for that attempt to be over; with `!`: to be promoted. Null: at rest. */
  readonly ahead?: readonly string[] | null;
  readonly group?: string | null;
  readonly limit?: number;
  readonly after?: readonly string[];
  readonly rollback?: boolean;
  readonly recorded?: readonly number[];
  readonly namespace?: string;
}

function queued(release: string, said: Said): Queued {
  const { attempts = 1, ahead = [], group = 'checkout', limit = 1, after, rollback, recorded = [], namespace = 'shop' } = said;
  const entries = (ahead ?? []).map((text): Ahead => {
    const [name = '', attempt] = text.replace('!', '').split(' ');
    return { release: name, attempt: Number(attempt), until: text.endsWith('!') ? 'promoted' : 'over' };
  });
  const queue: Queue = { group, limit, ahead: entries };
  const inFlight = ahead === null ? null : { hash: `${release}-${attempts}`, plan: { queue }, ...(rollback ? { rollback } : {}) };
  const lock = { release, namespace, target: 'production', attempts, inFlight, resolved: after ? { after } : {} };
  return { file: `${release}.yaml`, lock: lock as unknown as Lock, recorded, source: null };
}

const found = (all: Readonly<Record<string, Said>>) =>
  orderFindings(Object.entries(all).map(([release, said]) => queued(release, said))).map(
    ({ severity, message, help }) => `${severity}: ${message} ${/--only \w+/.exec(help)?.[0]}`,
  );
const CROWD = / do not wait for one another.*/;

describe('releases of a group', () => {
  it.each<[string, Readonly<Record<string, Said>>, string | null]>([
    ['two beside one another', { pay: {}, web: {} }, 'pay and web --only web'],
    ['one behind the other', { pay: {}, web: { ahead: ['pay 1'] } }, null],
    ['two beside one another, and room for both', { pay: { limit: 2 }, web: { limit: 2 } }, null],
    [
      'two behind two, and room for two',
      {
        pay: { limit: 2 },
        cart: { limit: 2 },
        web: { limit: 2, ahead: ['pay 1', 'cart 1'] },
        mail: { limit: 2, ahead: ['pay 1', 'cart 1'] },
      },
      'web and mail --only mail',
    ],
    [
      'one that waits for another attempt, which was replaced',
      { pay: { attempts: 2 }, web: { ahead: ['pay 1'] } },
      'pay and web --only web',
    ],
    ['one that was changed in flight', { pay: { attempts: 2, ahead: ['web 1'] }, web: { ahead: ['pay 1'] } }, null],
    ['one that waits by way of another', { pay: {}, cart: { ahead: ['pay 1'] }, web: { ahead: ['cart 1'] } }, null],
    ['one that is brought back', { pay: { rollback: true }, web: {} }, null],
    ['another one at rest', { pay: { ahead: null }, web: {} }, null],
    ['two groups', { pay: { group: 'money' }, web: {} }, null],
    ['two namespaces', { pay: { namespace: 'money' }, web: {} }, null],
    ['the one with the smaller limit first', { pay: { limit: 2, ahead: [] }, web: { limit: 1 } }, null],
  ])('%s', (_, all, message) => {
    const crowded = found(all).filter((text) => CROWD.test(text));
    expect(
      crowded.map((text) => text.replace(/^error: group \w+ lets \d go on at a time, and /, '').replace(/ do not.* --/, ' --')),
    ).toEqual(message === null ? [] : [message]);
  });
});

describe('a release that comes after another', () => {
  const alone = { group: null };

  it.each<[string, Readonly<Record<string, Said>>, number]>([
    ['and does not wait', { pay: alone, web: { ...alone, after: ['pay'] } }, 1],
    [
      'and waits for an earlier attempt, so for this one too',
      { pay: { ...alone, attempts: 2 }, web: { ...alone, after: ['pay'], ahead: ['pay 1!'] } },
      0,
    ],
    ['which waits for it', { pay: { ahead: ['web 1'] }, web: { after: ['pay'] } }, 0],
    ['which is at rest', { pay: { ...alone, ahead: null }, web: { ...alone, after: ['pay'] } }, 0],
    ['which is brought back', { pay: { ...alone, rollback: true }, web: { ...alone, after: ['pay'] } }, 0],
  ])('%s', (_, all, count) => {
    expect(found(all)).toEqual(
      Array(count).fill(
        'warning: web comes after pay, and does not wait for what is in flight there: they were begun on two branches, or their order was changed since. --only web',
      ),
    );
  });
});

describe('a release that waits for an attempt', () => {
  it.each<[string, Said | null, boolean]>([
    ['in flight', {}, false],
    ['after which another one is in flight', { attempts: 2, ahead: ['web 1'] }, false],
    ['that has a record', { ahead: null, recorded: [1] }, false],
    ['after which another one has a record', { ahead: null, attempts: 2, recorded: [2] }, false],
    ['that was given up', { ahead: null }, true],
    ['that was taken back with its lock', { ahead: null, attempts: 0 }, true],
    ['of a release that is gone', null, true],
  ])('%s', (_, pay, isLost) => {
    expect(found({ ...(pay ? { pay } : {}), web: { ahead: ['pay 1'] } })).toEqual(
      isLost
        ? [
            'warning: web waits for attempt 1 of pay, which was given up in Git without a record: where it had not ended, web waits for ever. --only web',
          ]
        : [],
    );
  });
});
