import { expect, test } from 'vitest';
import { Random } from '../../lib/sim/random.ts';
import { VirtualTime } from '../../lib/sim/virtual-time.ts';

test('timers run by their time, and those of one time in the order in which they were set', async () => {
  const time = new VirtualTime();
  const began = time.now;
  const random = new Random(1);
  const expected: [number, number][] = [];
  const seen: [number, number][] = [];
  for (let index = 0; index < 500; index++) {
    const after = random.whole(0, 40) * 100;
    expected.push([after, index]);
    time.after(after, () => seen.push([time.now - began, index]));
  }
  await time.run(10_000);
  expect(seen).toEqual(expected.toSorted(([a, i], [b, j]) => a - b || i - j));
  expect(time.now - began).toBe(10_000);
});

test('time waits for code that awaits, however often it does', async () => {
  const time = new VirtualTime();
  const began = time.now;
  let done = -1;
  time.after(10, async () => {
    time.wake();
    for (let index = 0; index < 300; index++) await null;
    done = time.now - began;
  });
  time.after(11, () => {});
  await time.run(100);
  expect(done).toBe(10);
});

test('a seed repeats what it drew, and its neighbour draws something else', () => {
  const drawn = (seed: number) => Array.from({ length: 5 }, new Random(seed).next);
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});
