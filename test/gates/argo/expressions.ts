import type { MetricResult } from '../../../lib/gates/condition/condition.ts';
import { json, number, numbers } from '../condition/expressions.ts';

export type MeasurementPhase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

/** Conditions about a result, what Argo Rollouts makes of it, and where that is from. */
export interface Judged {
  readonly success?: string;
  readonly failure?: string;
  readonly result: MetricResult;
  readonly argo: MeasurementPhase;
  /** With the differences of native plans, where it is another one. */
  readonly native?: 'no-data';
  readonly source: string;
}

const NAN = Number.NaN;
const MISSING: MetricResult = { kind: 'number', value: null };
const APDEX = json({ service_apdex: { label: null, values: { values: [2, 2] } } });
const USERS = json([
  { name: 'Ann', age: 30, tags: ['a', 'b'] },
  { name: 'Bob', age: 20, tags: [] },
  { name: 'Cid', age: 30, tags: ['b'] },
]);

const EVALUATE = 'argo-rollouts utils/evaluate/evaluate_test.go';
const BUILTIN = 'expr-lang/expr builtin/builtin_test.go TestBuiltin';
const ERRORS = 'expr-lang/expr builtin/builtin_test.go TestBuiltin_errors';
const TYPE = 'expr-lang/expr builtin/builtin_test.go TestBuiltin_type';
const LANGUAGE = 'expr-lang/expr docs/language-definition.md';
const MEASURED = "measured: expr-lang v1.17.8 in the environment of argo-rollouts' utils/evaluate";
const MIXED = 'argo-rollouts utils/evaluate/evaluate.go EvaluateResult';

const success = (text: string, result: MetricResult, argo: MeasurementPhase, source: string): Judged => ({
  success: text,
  result,
  argo,
  source,
});
/** Of a result that does not matter. */
const holds = (source: string, ...texts: readonly string[]): readonly Judged[] =>
  texts.map((text) => success(text, number(1), 'Successful', source));
const breaks = (source: string, ...texts: readonly string[]): readonly Judged[] =>
  texts.map((text) => success(text, number(1), 'Error', source));
const blank = (row: Judged): Judged => ({ ...row, native: 'no-data' });

export const JUDGED: readonly Judged[] = [
  // Two conditions, in Argo's order.
  { success: 'true', failure: 'false', result: json(true), argo: 'Successful', source: `${EVALUATE} TestEvaluateResultWithSuccess` },
  { success: 'true', failure: 'true', result: json(true), argo: 'Failed', source: `${EVALUATE} TestEvaluateResultWithFailure` },
  { success: 'false', failure: 'false', result: json(true), argo: 'Inconclusive', source: `${EVALUATE} TestEvaluateResultInconclusive` },
  { failure: 'false', result: json(true), argo: 'Successful', source: `${EVALUATE} TestEvaluateResultNoSuccessConditionAndNotFailing` },
  { success: 'false', result: json(true), argo: 'Failed', source: `${EVALUATE} TestEvaluateResultNoFailureConditionAndNotSuccessful` },
  { result: json(true), argo: 'Successful', source: `${EVALUATE} TestEvaluateResultNoFailureConditionAndNoSuccessCondition` },
  {
    success: 'a == true',
    failure: 'true',
    result: json(true),
    argo: 'Error',
    source: `${EVALUATE} TestEvaluateResultWithErrorOnSuccessCondition`,
  },
  {
    success: 'true',
    failure: 'a == true',
    result: json(true),
    argo: 'Error',
    source: `${EVALUATE} TestEvaluateResultWithErrorOnFailureCondition`,
  },
  success('result == true', json(true), 'Successful', `${EVALUATE} TestEvaluateConditionWithSuccess`),
  success('result == false', json(true), 'Failed', `${EVALUATE} TestEvaluateConditionWithFailure`),
  success('1', json(true), 'Error', `${EVALUATE} TestErrorWithNonBoolReturn`),
  success('invalidVariable', json(true), 'Error', `${EVALUATE} TestErrorWithInvalidReference`),
  success('all(result.service_apdex.values.values, {# > 1})', APDEX, 'Successful', `${EVALUATE} TestEvaluateArray`),
  success('2 in result', numbers(2, 2), 'Successful', `${EVALUATE} TestEvaluateInOperator`),
  success('result > 1', number(5), 'Successful', `${EVALUATE} TestEvaluateFloat64`),
  success("result.Name() == 'hi'", json(true), 'Error', `${EVALUATE} TestEvaluateInvalidStruct`),
  success('asInt(result) == 1.1', json('1.1'), 'Error', `${EVALUATE} TestEvaluateAsIntPanic`),
  success('asInt(result) == 1', json('1'), 'Successful', `${EVALUATE} TestEvaluateAsInt`),
  success('asInt(result) == 1', number(1.123), 'Successful', `${EVALUATE} TestEvaluateAsInt`),
  success('asFloat(result) == 1.1', json('NotANum'), 'Error', `${EVALUATE} TestEvaluateAsFloatError`),
  success('asFloat(result) == "1.1"', json('1.1'), 'Error', `${EVALUATE} TestEvaluateAsFloatError`),
  success('asFloat(result) >= 1.1', json('1.1'), 'Successful', `${EVALUATE} TestEvaluateAsFloat`),
  success('isInf(result)', number(Number.POSITIVE_INFINITY), 'Successful', `${EVALUATE} TestIsInf`),
  success('isInf(result)', number(0), 'Failed', `${EVALUATE} TestIsInf`),
  success(
    'date("2023-08-14 00:00:00", "2006-01-02 15:04:05", "UTC") - duration("1h") == date("2023-08-13T23:00:00Z")',
    number(1),
    'Successful',
    `${EVALUATE} TestEvalTimeWithSuccessExpr`,
  ),

  // What was not measured: here the three differences show.
  blank(success('result[0] >= 0.95', numbers(NAN), 'Failed', MEASURED)),
  blank({ failure: 'result[0] < 0.95', result: numbers(NAN), argo: 'Successful', source: MEASURED }),
  blank({ success: 'result[0] >= 0.95', failure: 'result[0] < 0.95', result: numbers(NAN), argo: 'Inconclusive', source: MEASURED }),
  blank(success('!(result < 0.95)', number(NAN), 'Successful', MEASURED)),
  blank(success('isNaN(result) || result > 0.95', number(NAN), 'Successful', MEASURED)),
  success('result >= 0.95', number(Number.POSITIVE_INFINITY), 'Successful', MEASURED),
  { failure: 'isInf(result)', result: number(Number.POSITIVE_INFINITY), argo: 'Failed', source: MEASURED },
  blank(success('result[0] >= .95', numbers(), 'Error', MEASURED)),
  blank(success('all(result, # >= .95)', numbers(), 'Successful', MEASURED)),
  blank(success('sum(result) < 1', numbers(), 'Successful', MEASURED)),
  blank(success('mean(result) < 1', numbers(), 'Successful', MEASURED)),
  blank({ failure: 'any(result, # > .05)', result: numbers(), argo: 'Successful', source: MEASURED }),
  blank({ failure: 'len(result) > 0 && result[0] > .05', result: numbers(), argo: 'Successful', source: MEASURED }),
  blank(success('default(result, 0) < .05', numbers(), 'Error', MEASURED)),
  success('result >= .95', numbers(1), 'Error', MEASURED),
  success('isNaN(result)', numbers(1), 'Error', MEASURED),
  blank(success('result < .05', MISSING, 'Error', MEASURED)),
  blank(success('isNil(result) || result < .05', MISSING, 'Error', MEASURED)),
  blank(success('default(result, 0) < .05', MISSING, 'Successful', MEASURED)),
  blank(success('(result ?? 0) < .05', MISSING, 'Successful', MEASURED)),
  blank(success('isNil(123)', MISSING, 'Successful', MEASURED)),
  blank({ result: numbers(), argo: 'Successful', source: MIXED }),
  success('result > 1', json('5'), 'Error', MEASURED),
  success('asFloat(result) > 1', json('5'), 'Successful', MEASURED),
  success('result.zzz > 1', json({ a: 1 }), 'Error', MEASURED),
  success('result.zzz == nil', json({ a: 1 }), 'Successful', MEASURED),
  success('result.zzz.y == nil', json({ a: 1 }), 'Error', MEASURED),
  success('result?.zzz?.y == nil', json({ a: 1 }), 'Successful', MEASURED),
  success('result / 0 > 1', number(5), 'Successful', MEASURED),
  success('result % 2 == 1', number(5), 'Error', MEASURED),
  success('5 / 2 == 2.5', number(5), 'Successful', MEASURED),
  success('max(result) > 2', numbers(NAN, 1, 3), 'Failed', MEASURED),
  success('max(result) > 2', numbers(1, NAN, 3), 'Successful', MEASURED),
  success(' ', number(1), 'Error', MEASURED),

  // The functions that a native gate does not have.
  ...holds(
    BUILTIN,
    'trim("  foo  ") == "foo" and trim("__foo___", "_") == "foo"',
    'trimPrefix("prefix_foo", "prefix_") == "foo"',
    'trimSuffix("foo_suffix", "_suffix") == "foo"',
    'upper("foo") == "FOO" and lower("FOO") == "foo"',
    'split("foo,bar,baz", ",") == ["foo", "bar", "baz"]',
    'split("foo,bar,baz", ",", 2) == ["foo", "bar,baz"]',
    'splitAfter("foo,bar,baz", ",") == ["foo,", "bar,", "baz"]',
    'splitAfter("foo,bar,baz", ",", 2) == ["foo,", "bar,baz"]',
    'replace("foo,bar,baz", ",", ";") == "foo;bar;baz"',
    'replace("foo,bar,baz,goo", ",", ";", 2) == "foo;bar;baz,goo"',
    'repeat("foo", 3) == "foofoofoo"',
    'join(["foo", "bar", "baz"], ",") == "foo,bar,baz" and join(["foo", "bar"]) == "foobar"',
    'indexOf("foo,bar,baz", ",") == 3 and lastIndexOf("foo,bar,baz", ",") == 7',
    'hasPrefix("foo,bar,baz", "foo") and hasSuffix("foo,bar,baz", "baz")',
    'toJSON({foo: 1, bar: 2}) == "{\\n  \\"bar\\": 2,\\n  \\"foo\\": 1\\n}"',
    'fromJSON("[1, 2, 3]") == [1.0, 2.0, 3.0]',
    'toBase64("hello") == "aGVsbG8=" and fromBase64("aGVsbG8=") == "hello"',
    'date("2006-01-02T15:04:05Z").Unix() == 1136214245',
    'date("2006.01.02", "2006.01.02").Year() == 2006',
    'get([1, 2, 3], 1) == 2 and get([1, 2, 3], 99) == nil and get([1, 2, 3], -1) == 3',
    'get({foo: 1, bar: 2}, "foo") == 1 and get({foo: 1}, "unknown") == nil',
    'take(["foo", "bar", "baz"], 2) == ["foo", "bar"] and len(take([1], 99)) == 1',
    '"foo" in keys({foo: 1, bar: 2}) and 1 in values({foo: 1, bar: 2})',
    'len(toPairs({foo: 1, bar: 2})) == 2 and len(toPairs({})) == 0',
    'fromPairs(toPairs({foo: 1, bar: 2})) == {foo: 1, bar: 2}',
    'groupBy(1..9, # % 2)[0] == [2, 4, 6, 8]',
    'groupBy(1..3, # > 1)[true] == [2, 3]',
    'groupBy(1..3, # > 1 ? nil : "")[nil] == [2, 3]',
    'reduce(1..9, # + #acc, 0) == 45 and reduce(1..9, # + #acc) == 45',
    'reduce([.5, 1.5, 2.5], # + #acc, 0) == 4.5 and reduce([], 5, 0) == 0',
    'concat(["foo"], [1, 2]) == ["foo", 1, 2]',
    'flatten([["a", "b"], [1, 2, [3, 4]]]) == ["a", "b", 1, 2, 3, 4]',
    'uniq([1, 15, "a", 2, 3, 5, 2, "a", 2, "b"]) == [1, 15, "a", 2, 3, 5, "b"]',
    'uniq([[1, 2], "a", 2, 3, [1, 2], [1, 3]]) == [[1, 2], "a", 2, 3, [1, 3]]',
    'mean(10, [1, 2, 3], 1..9) == 4.6923076923076925',
    'median(1..5, 4.9) == 3.5',
  ),
  ...holds(
    TYPE,
    'type(nil) == "nil" and type(true) == "bool" and type(1) == "int" and type(1.0) == "float"',
    'type("string") == "string" and type([1]) == "array" and type({foo: "bar"}) == "map"',
    'type(now()) == "time.Time" and type(duration("1s")) == "time.Duration"',
  ),
  ...holds(
    LANGUAGE,
    'find([1, 2, 3, 4], # > 2) == 3 and findIndex([1, 2, 3, 4], # > 2) == 2',
    'findLast([1, 2, 3, 4], # > 2) == 4 and findLastIndex([1, 2, 3, 4], # > 2) == 3',
    'sort([3, 1, 4]) == [1, 3, 4] and sort([3, 1, 4], "desc") == [4, 3, 1]',
    'let x = 42; x * 2 == 84',
    'let x = 42; let y = 2; x * y == 84',
    'let name = "Ann Bell" | lower() | split(" "); "hello, " + name[0] == "hello, ann"',
    '"Ann Bell" | lower() | split(" ") == split(lower("Ann Bell"), " ")',
    'duration("1h").Seconds() == 3600',
    'date("2023-08-14") > date("2023-08-14") - duration("1h")',
    'if 1 > 2 { false } else { true }',
    '$env["result"] == 1',
    'len([1, 2, 3, 4, 5][1:-1]) == 3',
    'bitand(6, 3) == 2 and bitor(6, 3) == 7 and bitxor(6, 3) == 5 and bitnot(0) == -1 and bitshl(1, 4) == 16',
  ),
  ...breaks(
    ERRORS,
    'trim() == ""',
    'duration("error") == duration("1s")',
    'date("error") == date("2023-08-14")',
    'get() == 1',
    'get(1, 2) == 1',
    'bitnot("1") == 1',
    '"10" | bitor(1) == 1',
    'bitshr(-5, -2) == 1',
    'now(nil) == 1',
    'flatten([1, 2], [3, 4]) == []',
    'flatten(1) == []',
    'max([1, "2"]) == 2',
  ),
  success('groupBy(result, .age)[30.0] | len() == 2', USERS, 'Successful', LANGUAGE),
  success('sortBy(result, .age)[0].name == "Bob" and sortBy(result, .name, "desc")[0].name == "Cid"', USERS, 'Successful', LANGUAGE),
  success('result | filter("b" in .tags) | map(.name) | join(",") == "Ann,Cid"', USERS, 'Successful', LANGUAGE),
  success('reduce(result, #acc + .age, 0) == 80 and reduce(result, #acc + #index, 0) == 3', USERS, 'Successful', LANGUAGE),
  success('let ages = map(result, .age); all(ages, # >= min(ages))', USERS, 'Successful', LANGUAGE),
  success('result | filter(# > 0.9) | len() >= 2', numbers(0.95, 0.99, 0.5), 'Successful', LANGUAGE),
  success('result | filter({# > 0.9}) | len() >= 3', numbers(0.95, 0.99, 0.5), 'Failed', LANGUAGE),
  // Texts of numbers, letters, bytes.
  ...holds(
    MEASURED,
    'string(2000000.0) == "2e+06" and string(1234567.0) == "1.234567e+06" and string(-1e6) == "-1e+06"',
    'string(999999.5) == "999999.5" and string(0.0001) == "0.0001" and string(0.00001) == "1e-05"',
    'string(1e21) == "1e+21" and string(2000000) == "2000000" and string([1e6]) == "[1e+06]"',
    'upper("straße") == "STRAßE" and lower("ΟΔΟΣ") == "οδοσ" and lower("İ") == "i" and upper("ᾳ") == "ᾼ" and upper("ﬁ") == "ﬁ"',
    '"äöü"[2:4] == "ö" and "äöü"[-2:] == "ü" and "abc"[1:2] == "b"',
    String.raw`"\101\x41\u0041\u{41}\U00000041" == "AAAAA" and "\U0001F600" == "😀" and "\\101" != "A"`,
    'map([5, 6], #index) == [0, 1] and map([[1], [2, 3]], map(#, #index)) == [[0], [0, 1]]',
    '"a\\nok" matches "(?m)^ok$" and "abc-1" matches "^[[:alnum:]-]+$" and "abc" matches "(?P<x>a)b"',
  ),
  success('string(result.n) == "2000000"', json({ n: 2_000_000 }), 'Failed', MEASURED),
  success('len(string(result)) >= 7', number(2_000_000), 'Failed', MEASURED),
  success('let x = result; x > 0', number(1), 'Successful', MEASURED),
  ...breaks(
    MEASURED,
    'let x = 1; let x = 2; x == 2',
    'let x = 1; all([1], let x = 2; x == 2)',
    'let len = 1; len == 1',
    'let isNaN = 1; isNaN == 1',
    'all(result, #index >= 0)',
    'find([1], nil) == nil',
    'reduce([1], nil) == nil',
    String.raw`"\U00110000" == "A"`,
    '"a" matches "[^]"',
    '"a" matches "a{1001}"',
  ),
  // Dates know where they are.
  ...holds(
    MEASURED,
    'date("2026-01-05T00:30:00+02:00").Hour() == 0 and date("2026-01-05T00:30:00+02:00").Day() == 5',
    'date("2026-01-05T00:30:00+02:00") == date("2026-01-04T22:30:00Z")',
    '(date("2026-01-05T00:30:00+02:00") + duration("1h")).Hour() == 1',
    'toJSON(date("2026-01-05T00:30:00.250-05:30")) == "\\"2026-01-05T00:30:00.25-05:30\\""',
    'date("14:30:00").Year() == 0 and date("14:30:00").YearDay() == 1 and date("2024-12-31").YearDay() == 366',
    'date("2026-08-05").Month() == date("2025-08-01").Month() and date("2026-08-05").Month() != date("2026-09-05").Month()',
    'int(date("2026-08-05").Month()) == 8 and int(date("2026-08-05").Weekday()) == 3',
    'string(date("2026-08-05").Month()) == "August" and date("2026-08-05").Weekday().String() == "Wednesday"',
    'type(now().Month()) == "time.Month" and toJSON(date("2026-08-05").Month()) == "8"',
    'duration("1h") * 2 == duration("2h") and 3 * duration("20m") == duration("1h")',
    'map([date("2026-08-05")], .Day()) == [5] and any([date("2026-08-05")], .Year() == 2026)',
    'sortBy([date("2026-08-05"), date("2022-01-01")], .Unix())[0].Year() == 2022',
    'len(groupBy([date("2026-08-05"), date("2026-09-05")], .Month())) == 2',
  ),
  ...breaks(
    MEASURED,
    'date("2023-02-30").Day() == 2',
    'date("2023-02-29").Day() == 1',
    'date("24:00:00").Hour() == 0',
    'now().Month() == 8',
    '8 == now().Month()',
    'now().Weekday() > 0',
    'now().Month() in [8]',
    'now().Month() == "August"',
    'now().Month() + 1 == 9',
    'date("2026-08-05").Month() < date("2026-09-05").Month()',
    'date("2023-08-14") == "2023-08-14"',
    'duration("1h") == 3600000000000',
    'len(now()) == 1',
    'now().foo == nil',
    'result.Month() == nil',
  ),
  success('date(result.at).Hour() >= 22', json({ at: '2026-01-05T00:30:00+02:00' }), 'Failed', MEASURED),
  success('result.Hour() == nil', json({ at: 1 }), 'Error', MEASURED),
];
