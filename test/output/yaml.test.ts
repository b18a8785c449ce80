import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toYaml } from '../../lib/output/yaml.ts';

/** Every reader that our users have in front of a manifest must see the same data. */
function readsBack(value: unknown): void {
  const text = toYaml(value);
  expect(parse(text, { version: '1.2', schema: 'core' }), text).toEqual(value);
  expect(parse(text, { version: '1.1' }), text).toEqual(value);
  expect(load(text), text).toEqual(value);
}

const HOSTILE = [
  ...['yes', 'no', 'Yes', 'NO', 'y', 'N', 'on', 'off', 'true', 'False', 'null', 'Null', '~', '', ' ', '  x', 'x ', 'x  y'],
  ...['0o17', '012', '0x1F', '0b1', '1e3', '1E3', '1.5e+3', '.5', '5.', '1_000', '12:30:45', '190:20', '+1', '-1', '-0', '1,000', '08'],
  ...[
    '.inf',
    '-.inf',
    '.NaN',
    'NaN',
    'Infinity',
    '2026-01-01',
    '2026-01-01T00:00:00Z',
    '2026-01-01 10:00',
    '1234567',
    '0123abcd',
    '1e345678',
  ],
  ...['=', '<<', '- a', '-', '--', '---', '...', '? a', '?', ': ', ':', 'a: b', 'a:', 'a :b', '#', ' #', 'a #b', 'a#b', '# c', '%TAG', '%'],
  ...[
    '&a',
    '*a',
    '!a',
    '!!str x',
    '|',
    '>',
    '|-',
    '{',
    '}',
    '{}',
    '[',
    ']',
    '[]',
    ',',
    'a,b',
    'a, b',
    '@a',
    '`a`',
    '"',
    "'",
    "it's",
    '"a"',
    '\\',
    '\\n',
  ],
  ...[
    '{{args.service}}',
    '{a: b}',
    '[a]',
    'sum(rate(x{code=~"5.."}[2m]))',
    `'"`,
    'a"b\'c',
    '\t',
    'a\tb',
    '\ta',
    'a\t',
    '\u0000',
    '\u0007',
    '\u001b[0m',
  ],
  ...[
    '\r',
    'a\r\nb',
    'a\rb',
    '\n',
    '\n\n',
    'a\n',
    'a\n\n',
    'a\n\n\n',
    '\na',
    '\n\na\n',
    ' a\nb',
    'a\n b\n',
    ' \na',
    'a\n ',
    'a\n \n',
    'a\n \nb',
    'a \nb ',
  ],
  ...[
    '\ta\n\tb\n',
    'a\n\tb',
    '\t\na',
    'a\n\t',
    '# a\n# b\n',
    '- a\n- b',
    '---\na\n',
    'a\n---\nb\n...\n',
    'a: b\nc: d\n',
    'a\n\n\nb\n',
    '|\na',
    '%a\nb\n',
  ],
  ...[
    '\u0085',
    'a\u0085b',
    '\u2028',
    'a\u2028b\nc',
    '\u2029',
    '\ufeff',
    '\ufeffa\nb',
    '\u00a0',
    '\u200b',
    '\u007f',
    '\u0080',
    '\ufffe',
    '\ud800',
    '\udc00a\n',
    'é',
    '日本',
    '🚀',
    '🚀\n🚀\n',
  ],
  ...[
    '100m',
    '0.5',
    '128Mi',
    '30s',
    '25%',
    '10.0.0.0/8',
    '1.2.3',
    'v1',
    'apps/v1',
    'http://a:9090/x?y=z',
    'a@sha256:0123',
    '*.example.com',
    '/healthz',
  ],
  ...[
    'x'.repeat(5_000),
    `${'word '.repeat(2_000)}end`,
    `${'x'.repeat(3_000)}\n${' y'.repeat(2_000)}\n`,
    '__proto__',
    'constructor',
    'toString',
  ],
];

describe('toYaml', () => {
  it.each(HOSTILE)('writes %j so that every reader sees it again', (text) => {
    readsBack({ value: text });
    readsBack([text, [text], { deep: [[{ value: text, next: text }]] }]);
    readsBack(text);
  });

  it.each(HOSTILE.filter((key) => key !== '<<'))('writes the key %j so that every reader sees it again', (key) => {
    readsBack(JSON.parse(`{${JSON.stringify(key)}: {"a": 1}, "z": [{${JSON.stringify(key)}: "x\\ny"}]}`));
  });

  it('keeps any JSON as it is', () => {
    const text = fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', '#', ':', '-') }),
    );
    const key = text.filter((name) => name !== '<<');
    const leaf = fc.oneof(
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
      fc.boolean(),
      fc.constant(null),
    );
    const json = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).node;
    fc.assert(fc.property(json, readsBack), { numRuns: 3_000 });
  });

  it('writes the same text whatever the order of insertion', () => {
    const shuffled = fc
      .uniqueArray(fc.string(), { maxLength: 12 })
      .chain((keys) => fc.tuple(fc.constant(keys), fc.shuffledSubarray(keys, { minLength: keys.length })));
    fc.assert(
      fc.property(shuffled, ([keys, other]) => {
        const object = (order: readonly string[]) => Object.fromEntries(order.map((key) => [key, `value of ${key}`]));
        expect(toYaml(object(other))).toBe(toYaml(object(keys)));
      }),
    );
  });

  it('reads like a manifest that a person wrote', () => {
    const object = {
      spec: {
        template: { spec: { containers: [{ image: 'r.example.com/web@sha256:0a', args: ['--port=8080', '-v'], name: 'web', env: [] }] } },
        paused: false,
      },
      metadata: { labels: { 'app.kubernetes.io/name': 'web', version: '1.10' }, namespace: 'shop', name: 'web', annotations: {} },
      data: { 'a.mjs': 'const x = 1;\n\nexport { x };\n', 'no-end': 'a\nb', spaced: '\n  a\n\n\n', query: 'rate(x{code="500"}[2m]) > 0' },
      kind: 'Thing',
      apiVersion: 'example.com/v1',
      matrix: [[1, 2], [], [{ b: null, a: 0.5 }]],
    };
    expect(toYaml(object)).toBe(`apiVersion: example.com/v1
kind: Thing
metadata:
  name: web
  namespace: shop
  annotations: {}
  labels:
    app.kubernetes.io/name: web
    version: "1.10"
data:
  a.mjs: |
    const x = 1;

    export { x };
  no-end: |-
    a
    b
  query: 'rate(x{code="500"}[2m]) > 0'
  spaced: |2+

      a


matrix:
  - - 1
    - 2
  - []
  - - a: 0.5
      b: null
spec:
  paused: false
  template:
    spec:
      containers:
        - name: web
          args:
            - "--port=8080"
            - "-v"
          env: []
          image: r.example.com/web@sha256:0a
`);
    readsBack(object);
  });

  it('keeps a large program readable', () => {
    const program = Array.from(
      { length: 3_000 },
      (_, n) => `${'  '.repeat(n % 5)}const name${n} = "value: ${n}"; // # ü\n${n % 7 === 0 ? '   \n' : ''}`,
    ).join('');
    const text = toYaml({ data: { 'runner.mjs': program } });
    expect(text).toContain('\n    const name0 = "value: 0"; // # ü\n');
    readsBack({ data: { 'runner.mjs': program } });
  });

  it('writes no marker that merges maps', () => {
    const text = toYaml({ '<<': { a: 1 } });
    expect(text).toBe('"<<":\n  a: 1\n');
    expect(load(text)).toEqual({ '<<': { a: 1 } });
  });

  it.each<[unknown, string]>([
    [{ a: { b: [1, undefined] } }, '/a/b/1 is undefined'],
    [{ a: () => 1 }, '/a is a function'],
    [{ a: Number.NaN }, '/a is NaN'],
    [[Number.POSITIVE_INFINITY], '/0 is Infinity'],
    [{ a: 1n }, '/a is a bigint'],
    [{ a: Symbol('a') }, '/a is a symbol'],
    [{ a: new Date(0) }, '/a is a Date'],
    [{ a: new Map() }, '/a is a Map'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    [[1, , 2], '/1 is undefined'],
    [undefined, 'the value is undefined'],
  ])('refuses what JSON cannot hold (%#)', (value, message) => {
    expect(() => toYaml(value)).toThrow(message);
  });

  it('refuses cycles, and writes what only occurs twice', () => {
    const shared = { x: 1 };
    expect(toYaml({ a: shared, b: [shared] })).toBe('a:\n  x: 1\nb:\n  - x: 1\n');
    const cycle: Record<string, unknown> = {};
    cycle.self = { again: cycle };
    expect(() => toYaml(cycle)).toThrow('/self/again contains itself');
  });

  it('takes time in proportion to the data', () => {
    const object = (n: number) => ({
      name: `web-${n}`,
      labels: { app: 'web', n: `${n}` },
      text: 'x'.repeat(700),
      ports: [{ port: 80, name: 'http' }],
    });
    const time = (count: number) => {
      const list = Array.from({ length: count }, (_, n) => object(n));
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round++) {
        const start = performance.now();
        toYaml(list);
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    time(500);
    expect(time(8_000) / time(1_000)).toBeLessThan(24);
  });
});
