import { describe, expect, test } from 'vitest';
import { Shelf } from '../../lib/runner/shelf.ts';

const at = (resourceVersion: string) => ({ metadata: { resourceVersion } });

describe('what a read found that was on its way while a watch told something', () => {
  test.each([
    ['nothing, and it was made meanwhile', null, at('7'), null, at('7')],
    ['nothing, and it was changed before it went: the watch tells of that as well', at('5'), at('7'), null, at('7')],
    ['an older one', at('5'), at('7'), at('5'), at('7')],
    ['a newer one', at('5'), at('7'), at('9'), at('9')],
  ])('%s', (_, before, told, found, known) => {
    const shelf = new Shelf();
    shelf.put('operator', before);
    const { stamp } = shelf;
    shelf.put('operator', told);
    shelf.read('operator', found, stamp);
    expect(shelf.object('operator')).toEqual(known);
  });

  test.each([
    ['nothing', null],
    ['one of an API server that was restored', at('3')],
  ])('is the truth where nothing was told since: %s', (_, found) => {
    const shelf = new Shelf();
    shelf.put('operator', at('5'));
    shelf.read('operator', found, shelf.stamp);
    expect(shelf.object('operator')).toEqual(found);
  });
});

describe('what is gone', () => {
  test.each([
    ['is not brought back by a watch that lags', at('5'), null],
    ['nor by one that lags further', at('4'), null],
    ['is there again once it was made anew', at('8'), at('8')],
  ])('%s', (_, told, known) => {
    const shelf = new Shelf();
    shelf.put('plan', at('5'));
    shelf.read('plan', null, shelf.stamp);
    shelf.put('plan', told);
    expect(shelf.object('plan')).toEqual(known);
  });

  test('is not brought back either where a watch had told of its end before', () => {
    const shelf = new Shelf();
    shelf.put('plan', at('5'));
    shelf.put('plan', null);
    shelf.read('plan', null, shelf.stamp);
    shelf.put('plan', at('5'));
    expect(shelf.object('plan')).toBeNull();
  });

  test('is there after all where only a watch said so: it may have told of the time before', () => {
    const shelf = new Shelf();
    shelf.read('route', at('5'), shelf.stamp);
    shelf.put('route', null);
    shelf.put('route', at('5'));
    expect(shelf.object('route')).toEqual(at('5'));
  });
});
