import { describe, expect, test } from 'vitest';
import { type Approval, approvalKey, type Order, orderText, readOrders } from '../../lib/plan/orders.ts';

const order: Order = { plan: '1234abcd', by: 'alice', at: '2026-01-05T09:00:00Z', reason: 'looks good' };
const approval: Approval = { ...order, approval: 'promote' };

describe('orders', () => {
  test('what was written is read, and two people who approve at once do not undo each other', () => {
    const other = { ...approval, by: 'bob' };
    const data = { [approvalKey(approval)]: orderText(approval), [approvalKey(other)]: orderText(other), abort: orderText(order) };
    const { approvals, commands, unreadable } = readOrders(data, order.plan);
    expect(approvals.map(({ by, approval: name }) => [by, name]).sort()).toEqual([
      ['alice', 'promote'],
      ['bob', 'promote'],
    ]);
    expect(commands.abort).toMatchObject(order);
    expect(unreadable).toEqual([]);
  });

  test('an approval is known by what it says, under whatever key and signature, and a command by its key as well', () => {
    const given = (some: object) => ({ ...approval, signature: 'x\ny', ...some });
    const ids = (data: Record<string, object>) => {
      const texts = Object.entries(data).map(([key, order]) => [key, JSON.stringify(order)]);
      const { approvals, commands } = readOrders(Object.fromEntries(texts), order.plan);
      return [...approvals, ...Object.values(commands)].map(({ id }) => id);
    };
    const same = [given({}), given({ signature: 'x\r\ny' }), given({ signature: undefined }), { ...given({}), note: 'again' }];
    expect(new Set(ids(Object.fromEntries(same.map((one, index) => [`approval.promote.${index}`, one])))).size).toBe(1);
    const others = [
      given({}),
      given({ by: 'bob' }),
      given({ at: '2026-01-05T09:00:01Z' }),
      given({ reason: '' }),
      given({ approval: 'start' }),
    ];
    expect(new Set(ids(Object.fromEntries(others.map((one, index) => [`approval.promote.${index}`, one])))).size).toBe(5);
    expect(new Set(ids({ abort: order, retry: order })).size).toBe(2);
  });

  test('what is meant for another plan is void', () => {
    const data = { [approvalKey(approval)]: orderText(approval), retry: orderText(order) };
    expect(readOrders(data, 'ffffffff')).toEqual({ approvals: [], commands: {}, unreadable: [] });
  });

  test.each([
    ['no JSON', 'yes'],
    ['a list', '[]'],
    ['nobody', JSON.stringify({ ...order, by: ' ' })],
    ['no plan', JSON.stringify({ by: 'alice', at: order.at })],
    ['inherited names', '{"__proto__": {"plan": "1234abcd", "by": "alice", "at": "now"}}'],
  ])('an entry that is %s is told, not followed', (_, text) => {
    expect(readOrders({ abort: text }, order.plan)).toEqual({ approvals: [], commands: {}, unreadable: ['abort'] });
  });

  test('an approval that does not say of what is told, not counted', () => {
    expect(readOrders({ 'approval.promote.1': orderText(order) }, order.plan)).toMatchObject({
      approvals: [],
      unreadable: ['approval.promote.1'],
    });
  });

  test('other keys are none of ours', () => {
    expect(readOrders({ note: 'x' }, order.plan)).toEqual({ approvals: [], commands: {}, unreadable: [] });
    expect(readOrders(null, order.plan)).toEqual({ approvals: [], commands: {}, unreadable: [] });
  });
});
