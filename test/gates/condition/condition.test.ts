import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConditionValue,
  checkCondition,
  evaluateCondition,
  type MetricResult,
  parseCondition,
} from '../../../lib/gates/condition/condition.ts';
import { NATIVE } from '../../../lib/gates/condition/rarer.ts';
import { EXPRESSIONS, type Expected, json, number, numbers, REPORT } from './expressions.ts';

function ask(text: string, result: MetricResult): ConditionValue {
  const parsed = parseCondition(text, NATIVE);
  return parsed.ok ? evaluateCondition(parsed.condition, result) : { kind: 'error', message: parsed.message };
}

function verdict(text: string, result: MetricResult): Expected {
  const answer = ask(text, result);
  return answer.kind === 'boolean' ? answer.value : 'error';
}

function problems(text: string, kind: MetricResult['kind']): readonly { readonly message: string; readonly at: number }[] {
  const parsed = parseCondition(text, NATIVE);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  return checkCondition(parsed.condition, kind);
}

describe('a condition is what Argo Rollouts makes of it', () => {
  it.each(EXPRESSIONS)('%s', (text, result, expected) => {
    expect(verdict(text, result)).toBe(expected);
  });
});

describe('a text that is no condition says why and where', () => {
  it.each([
    ['', 0, 'it ends too early'],
    ['result >', 8, 'it ends too early'],
    ['result > 1 1', 11, "'1' is not expected here"],
    ['(result > 1', 11, "it ends too early: ')' is missing"],
    ['all(result # > 1)', 11, "'#' is not expected here: ',' is missing"],
    ['result > "a', 9, 'a text has no end'],
    ['result = 1', 7, "'=' is not expected here"],
    ['result == 1x', 11, "'x' cannot follow a number"],
    ['result > 9223372036854775808', 9, "'9223372036854775808' is too large, or no number"],
    ['result == "\\q"', 10, "'\\q' is no escape; a backslash is written \\\\"],
    ['a ?? b == c ?? d > 1 ?? 2 or x', 7, '?? beside ==: put parentheses around one of them'],
    ['result.size() > 1', 7, 'values have no methods: write size(...) around the value'],
  ])('%s', (text, at, message) => {
    expect(parseCondition(text, NATIVE)).toEqual({ ok: false, at, message });
  });
});

describe('what can only end in Error is known before anything is measured', () => {
  it.each<[string, MetricResult['kind'], number, string]>([
    ['result < 0.05', 'numbers', 7, '< does not work on float[] and float'],
    ['result[0] == "a"', 'numbers', 10, '== does not work on float and string'],
    ['result[0].value < 1', 'numbers', 10, 'float has no value'],
    ['all(result, # < 1)', 'number', 4, 'all looks at a list, not float'],
    ['len(result) > 0', 'number', 0, 'len does not work on float'],
    ['len(result)', 'numbers', 0, 'a condition is true or false, not int'],
    ['value < 1', 'number', 0, "there is no 'value'; what was measured is called result"],
    ['rate(result) < 1', 'number', 0, "there is no function 'rate' here"],
    ['# < 1', 'numbers', 0, '# means something only inside a predicate, as in all(result, # < 1)'],
    ['result % 2 == 0', 'number', 7, '% does not work on float and int'],
    ['result matches "(?<=a)b"', 'text', 15, "'(?<=a)b' cannot be used as a regular expression here: '(?' does not fit"],
    ['result.ok && len() > 1', 'json', 13, 'len does not work on nothing'],
  ])('%s of %s', (text, kind, at, message) => {
    expect(problems(text, kind)).toContainEqual({ at, message });
  });

  it.each<[string, MetricResult['kind']]>([
    ['len(result) > 0 && !isInf(result[0]) && result[0] < 0.01', 'numbers'],
    ['result < 0.01', 'number'],
    ['result.a.b[0].c > 1 || all(result.list, .ok)', 'json'],
    ['result matches "^ok"', 'text'],
  ])('%s of %s is fine', (text, kind) => {
    expect(problems(text, kind)).toEqual([]);
  });

  it('reports every problem', () => {
    expect(problems('rate(result) < 1 && value > 2', 'number').map(({ at }) => at)).toEqual([0, 20]);
  });
});

describe('regular expressions', () => {
  it.each<[string, string, Expected]>([
    ['abc', 'b', true],
    ['abc', '^b', false],
    ['abc', 'c$', true],
    ['abc', '^abc$', true],
    ['ab\nc', 'b.c', false],
    ['ab\nc', '^c', false],
    ['aaa', '^a{3}$', true],
    ['aaa', '^a{4,}$', false],
    ['aaa', '^a{1,2}$', false],
    ['', '^$', true],
    ['', '^a*?$', true],
    ['foo bar', '\\bbar\\b', true],
    ['foobar', '\\bbar', false],
    ['x-y', '[\\w-]+$', true],
    ['x]y', '[]]', true],
    ['x]y', '[]', 'error'],
    ['x]y', '[^]', 'error'],
    ['é', '^.$', true],
    ['😀', '^.$', true],
    ['colour', 'colou?r', true],
    ['a|b', 'a\\|b', true],
    ['abab', '^(ab)+$', true],
    ['abcb', '^(?:a|b|c)*$', true],
    ['HTTP/1.1 200 OK', '^HTTP/\\d\\.\\d 2\\d\\d', true],
    ['Status: OK', '(?i)status: ok', true],
    ['a', 'a**', 'error'],
    ['a', '+a', 'error'],
    ['a', '[b-a]', 'error'],
    ['a', '[a', 'error'],
    ['a', '(a', 'error'],
    ['a', 'a)', 'error'],
    ['a', '\\', 'error'],
    ['a', 'a{2,1}', 'error'],
    ['a', '\\1', 'error'],
    ['a', '(?=a)', 'error'],
    ['é', '[[:alpha:]]', false],
    ['a1', '^[[:alpha:][:digit:]]+$', true],
    ['a', '[[:^digit:]]', 'error'],
    [',', '[[:blank:]-é]', 'error'],
    [',', '[\\s-é]', 'error'],
    ['-', '^[\\s-]$', true],
    ['a', '[[:letter:]]', 'error'],
    ['a\nb', '(?s)a.b', true],
    ['a\nok', '(?m)^ok$', true],
    ['a\nok', '(?im-s)^OK$', true],
    ['a\nok', '\\Aok', false],
    ['ok\n', 'ok\\z', false],
    ['abc', '\\Bb', true],
    ['abc', '\\Ba', false],
    ['aB', '^a(?i)b$', true],
    ['AB', '^a(?i)b$', false],
    ['ABc', '^(?i:a)Bc$', true],
    ['ABC', '^(?i:a)Bc$', false],
    ['AC', '^((?i)a)c$', false],
    ['abab', '^(?P<first>ab)(?<second>ab)$', true],
    ['Éa', '^\\p{Lu}\\pL$', true],
    ['é', '\\x{e9}', true],
    ['x', '\\x78', true],
    ['a_b', 'a\\_b', true],
    ['\v', '\\s', false],
    ['\u00a0', '[^\\S]', false],
    ['K', '(?i)^k$', true],
    ['a', 'a{1001}', 'error'],
    ['a', '(a{100}){11}', 'error'],
    ['a', '(?i)\\pL', 'error'],
    ['a', '\\p{Greek}', 'error'],
    ['a', '\\Qa\\E', 'error'],
  ])('%j matches %s', (text, pattern, expected) => {
    expect(verdict(`result matches \`${pattern}\``, { kind: 'text', text })).toBe(expected);
  });

  it.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*)*x', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
    '%s is answered at once, where backtracking would take for ever',
    (pattern) => {
      const began = performance.now();
      expect(verdict(`result matches \`${pattern}\``, { kind: 'text', text: `${'a'.repeat(5_000)}!` })).toBe(false);
      expect(performance.now() - began).toBeLessThan(2_000);
    },
  );

  it.each(['((((a{999}){999}){999}){999}', '(((a{0}){999}){999}){999}', `${'('.repeat(3_000)}`])('%s is refused, not built', (pattern) => {
    expect(verdict(`result matches \`${pattern}\``, { kind: 'text', text: 'a' })).toBe('error');
  });

  // Where both engines know the syntax they agree.
  it('match what JavaScript matches', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '1', '(a|b)', '(ab)', '(?:b|)', '^', '$');
    const piece = fc.tuple(atom, fc.constantFrom('', '', '?', '*', '+', '{2}', '{0,1}', '*?')).map((parts) => parts.join(''));
    const pattern = fc
      .array(fc.array(piece, { maxLength: 4 }), { minLength: 1, maxLength: 3 })
      .map((lines) => lines.map((line) => line.join('')).join('|'));
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[ab1\n]{0,6}$/), (source, text) => {
        fc.pre(!/[$^][?*+{]/.test(source));
        expect(verdict(`result matches \`${source}\``, { kind: 'text', text })).toBe(
          new RegExp(source.replaceAll('.', '[^\\n]'), 'u').test(text),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('hostile texts and results end, and soon', () => {
  it.each<[string, string, MetricResult]>([
    ['a long text', `${'1+'.repeat(3_000)}1 > 0`, number(1)],
    ['many parts', `${'1+'.repeat(1_500)}1 > 0`, number(1)],
    ['deep nesting', `${'('.repeat(1_500)}1${')'.repeat(1_500)} > 0`, number(1)],
    ['deep negation', `${'!'.repeat(3_000)}true`, number(1)],
    ['deep choices', `${'true ? '.repeat(500)}true${' : true'.repeat(500)}`, number(1)],
    ['a long range', 'len(0..9223372036854775807) > 0', number(1)],
    ['nested loops', 'all(1..999, all(1..999, all(1..999, # > 0)))', number(1)],
    ['growing lists', `len(${'map('.repeat(20)}1..99999${', #)'.repeat(20)}) > 0`, number(1)],
    ['lists of lists of lists', 'len(string(map(1..999, map(1..999, 1..999)))) > 0', number(1)],
    ['a long list in a loop', 'all(result, # in result)', numbers(...Array.from({ length: 5_000 }, (_, index) => index))],
    [
      'a long text and a regular expression',
      `result matches "${'a?'.repeat(200)}${'a'.repeat(200)}x"`,
      { kind: 'text', text: 'a'.repeat(100_000) },
    ],
    ['deep JSON', 'result == result', json(JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`))],
  ])('%s', (_, text, result) => {
    const began = performance.now();
    expect(verdict(text, result)).toBe('error');
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('an own __proto__ is a key like any other', () => {
    const result = json(JSON.parse('{"__proto__": {"ok": true}}'));
    expect(verdict('result.ok', result)).toBe('error');
    expect(verdict('result["__proto__"].ok', result)).toBe(true);
    expect(verdict('result.constructor == nil and result.toString == nil', REPORT)).toBe(true);
  });
});

const anyResult: fc.Arbitrary<MetricResult> = fc.oneof(
  fc.record({ kind: fc.constant('numbers' as const), values: fc.array(fc.double(), { maxLength: 5 }) }),
  fc.record({ kind: fc.constant('number' as const), value: fc.double() }),
  fc.record({ kind: fc.constant('json' as const), value: fc.jsonValue() }),
  fc.record({ kind: fc.constant('text' as const), text: fc.string() }),
);

const WORDS =
  'result # . ?. [ ] ( ) { } , : ? ?? ! - + * / % ** .. < <= > == != && || and or not in matches contains startsWith 0 1 0.5 1e3 "a" `b` nil true all any count filter map sum len max string int isNaN isNil default a'.split(
    ' ',
  );

describe('whatever the text and whatever the result', () => {
  it.each<[string, fc.Arbitrary<string>]>([
    ['any text', fc.string({ unit: 'binary', maxLength: 60 })],
    ['any words', fc.array(fc.constantFrom(...WORDS), { maxLength: 25 }).map((words) => words.join(' '))],
    [
      'conditions cut and spliced',
      fc
        .tuple(fc.constantFrom(...EXPRESSIONS), fc.constantFrom(...EXPRESSIONS), fc.nat(60), fc.nat(60))
        .map(([[left], [right], from, to]) => left.slice(0, from) + right.slice(to)),
    ],
  ])('%s are true, false, or an error with a message and never throw', (_, texts) => {
    fc.assert(
      fc.property(texts, anyResult, (text, result) => {
        const answer = ask(text, result);
        if (answer.kind === 'error') expect(answer.message).not.toBe('');
        else expect(typeof answer.value).toBe('boolean');
      }),
      { numRuns: 3_000 },
    );
  });

  it('what the check calls wrong for numbers is an error for all of them', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EXPRESSIONS), fc.array(fc.double(), { maxLength: 4 }), ([text], values) => {
        const parsed = parseCondition(text, NATIVE);
        fc.pre(parsed.ok);
        if (parsed.ok && checkCondition(parsed.condition, 'numbers').length > 0) expect(verdict(text, numbers(...values))).toBe('error');
      }),
      { numRuns: 2_000 },
    );
  });

  it('the same question has the same answer', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EXPRESSIONS), anyResult, ([text], result) => {
        expect(ask(text, result)).toEqual(ask(text, result));
      }),
    );
  });
});
