import { describe, expect, it } from 'vitest';
import { addApproval, readApprovals, type WrittenApproval } from '../../lib/intent/approvals.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';

const entry: WrittenApproval = {
  release: 'web',
  plan: '1234abcd',
  approval: 'promote',
  by: 'alice@example.com',
  at: '2026-01-05T09:00:00Z',
  reason: 'dashboards are calm',
};
const withoutPlace = (source: string | null) => readApprovals(source).map(({ place: _, ...approval }) => approval);

function problems(yaml: string): readonly string[] {
  try {
    readApprovals(yaml);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

const yamlOf = (change: Readonly<Record<string, string>>) =>
  `approvals:\n  - ${Object.entries({
    release: 'web',
    plan: "'1234abcd'",
    approval: 'promote',
    by: 'alice',
    at: '2026-01-05T09:00:00Z',
    ...change,
  })
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n    ')}\n`;

describe('approvals.yaml', () => {
  it.each([
    ['absent', null],
    ['empty', ''],
    ['only comments', '# nobody yet\n'],
    ['with an empty key', 'approvals:\n'],
  ])('%s holds none', (_, text) => {
    expect(readApprovals(text)).toEqual([]);
  });

  it('holds entries, each with its place', () => {
    expect(readApprovals(yamlOf({ target: 'staging' }))).toEqual([
      {
        release: 'web',
        target: 'staging',
        plan: '1234abcd',
        approval: 'promote',
        by: 'alice',
        at: '2026-01-05T09:00:00Z',
        place: { file: 'approvals.yaml', line: 2, column: 5 },
      },
    ]);
  });

  it.each([
    ['a misspelt field', { aproval: 'x' }, "approvals.yaml:7:14: approvals[0].aproval: unknown field 'aproval', did you mean 'approval'?"],
    ['no approver', { by: '' }, "approvals.yaml:2:5: approvals[0]: 'by' is missing, expected who approves"],
    ['a blank approver', { by: "' '" }, "approvals[0].by: found ' ', expected who approves"],
    [
      'a plan that YAML takes for a number',
      { plan: '12345678' },
      'approvals.yaml:3:11: approvals[0].plan: found 12345678, expected the hash',
    ],
    ['a plan that is no hash', { plan: 'latest' }, "found 'latest', expected the hash of a plan, 8 hex digits in quotes"],
    ['a time without zone', { at: '2026-01-05T09:00' }, "expected a time with its zone, such as '2026-01-05T09:00:00Z'"],
    ['a reason of another type', { reason: '[x]' }, 'approvals.yaml:7:13: approvals[0].reason'],
  ])('%s is a problem with its line', (_, change, message) => {
    expect(problems(yamlOf(change)).join('\n')).toContain(message);
  });

  it('reports every problem of every entry', () => {
    expect(problems(`${yamlOf({ at: 'now' })}  - release: web\n`).length).toBeGreaterThan(3);
  });
});

describe('a new entry', () => {
  it('makes the file, with a word on what it is', () => {
    const text = addApproval(null, entry);
    expect(text).toMatch(/^# Approvals of releases/);
    expect(withoutPlace(text)).toEqual([entry]);
  });

  it.each([
    ['an empty file', ''],
    ['a file of comments', '# who may approve: see CODEOWNERS\n'],
    ['an empty key', '# ours\napprovals:\n'],
    ['an empty list', 'approvals: []\n'],
    ['a list in one line', `approvals: [{release: web, plan: 1234abce, approval: promote, by: bob, at: 2026-01-04T09:00:00Z}] # bob's\n`],
  ])('goes into %s', (_, source) => {
    const text = addApproval(source, entry);
    expect(withoutPlace(text)).toEqual([...withoutPlace(source), entry]);
    for (const comment of source.match(/#.*$/gm) ?? []) expect(text).toContain(comment);
  });

  it('goes to the end; comments, blank lines, order and quotes of what was there stay', () => {
    const source = `# reviewed by the platform team\n\n${yamlOf({ by: '"bob"' })}    # on call that week\n\n${yamlOf({ by: 'carol' }).replace('approvals:\n', '')}`;
    const text = addApproval(source, entry);
    expect(text.startsWith(source)).toBe(true);
    expect(withoutPlace(text).map(({ by }) => by)).toEqual(['bob', 'carol', entry.by]);
  });

  it.each(['12345678', '1e234567', 'null', 'yes', '- x', 'a: b # c', 'two\nlines'])('keeps %j what it is', (text) => {
    const odd = { ...entry, by: text, reason: text };
    expect(withoutPlace(addApproval(null, odd))).toEqual([odd]);
  });
});
