import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeLock } from '../../lib/lock/write.ts';
import { readOwnYaml } from '../../lib/output/read-yaml.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import { compile, image } from '../constructs/compiling.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    'a\nb',
    'a\n',
    'a\n\n',
    '\n',
    '  a\nb',
    'a\n  b\n',
    '- a',
    'a: b',
    "it's",
    '"',
    '|',
    '#',
    'null',
    '1',
    '1e3',
    'key:',
    'x'.repeat(1_100),
  ),
);
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

describe('what toYaml wrote', () => {
  it('reads back the same, or is left to a real parser', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(data.map, data.list), (value) => {
        const own = readOwnYaml(`# a comment\n# and one more\n${toYaml(value)}`);
        if (own === null) return;
        read++;
        // JSON, since -0 is written as 0
        expect(own.value).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 2_000 },
    );
    expect(read).toBeGreaterThan(1_000);
  });

  it('is read where it matters: locks', () => {
    const flight = compile({ image: image('a') }, compile({}, null).lock).lock;
    const lock = writeLock(flight);
    expect(readOwnYaml(lock)?.value).toEqual(parse(lock));
  });
});

describe('what somebody else wrote', () => {
  it.each([
    'a:  1\n',
    'a: 1',
    'a: 1\n\n',
    'b: 1\na: 2\n',
    'a: 1\na: 1\n',
    'a: &x 1\n',
    '{"a": 1}\n',
    '"a": 1\n',
    '__proto__:\n  a: 1\n',
    'a:\n- 1\n',
    '',
    '\n',
    'text\n',
    'a: 1 # one\n',
    'a: yes\n',
    'a: .inf\n',
  ])('is left to a real parser: %j', (yaml) => {
    expect(readOwnYaml(yaml)).toBeNull();
  });

  it('is never read differently, however it was mangled', () => {
    const lock = writeLock(compile({ image: image('a') }, compile({}, null).lock).lock);
    fc.assert(
      fc.property(fc.nat(lock.length - 1), fc.nat(3), fc.string({ maxLength: 3 }), (at, gone, more) => {
        const mangled = lock.slice(0, at) + more + lock.slice(at + gone);
        const own = readOwnYaml(mangled);
        if (own !== null) expect(own.value).toEqual(parse(mangled));
      }),
      { numRuns: 150 },
    );
  });
});
