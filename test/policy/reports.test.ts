import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { load, loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../lib/policy/finding.ts';
import { lint } from '../../lib/policy/lint.ts';
import { REPORTS, type ReportFormat } from '../../lib/policy/report/index.ts';
import { type LintResult, withFindings } from '../../lib/policy/result.ts';
import { at } from '../../lib/policy/shape.ts';
import { RULES } from '../../policies/index.ts';
import { elements, type XmlElement } from './xml.ts';

const WAIVER = { reason: 'the <base> image, 50% done', owner: 'team|shop', expires: '2026-04-01' };
const NASTY = `apiVersion: v1
kind: ConfigMap
metadata: {name: "a<b>&'\\"%,:@you\\n|\`\\u0007", namespace: shop}
dada: {}
---
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {tidegate.dev/release: web}}
spec: {containers: [{name: p, image: nginx}]}
`;

const lintText = (name: string, text: string): LintResult => lint({ texts: [{ name, text }], unreadable: [] }, { rules: RULES });
const report = (format: ReportFormat, result: LintResult): string => REPORTS[format](result, { color: false, rules: RULES });

const found = lintText('a b/100%,é.yaml', NASTY);
/** Findings of every severity; one is waived, one was made by a chart. */
const everything = withFindings(
  found,
  found.findings.map((finding, index): Finding => {
    if (index === 1) return { ...finding, waiver: WAIVER };
    return index === 2 ? { ...finding, severity: 'info', source: { file: 'charts/web.ts', line: 7, column: 3 } } : finding;
  }),
);
const nothing = lintText('empty.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');

/** The schema of OASIS as it is published; one of its patterns is no regular expression with the `u` flag. */
function sarifSchema() {
  const file = fileURLToPath(new URL('sarif-2.1.0.schema.json', import.meta.url));
  return new Ajv({ strict: false, unicodeRegExp: false, validateFormats: false, allErrors: true }).compile(
    JSON.parse(readFileSync(file, 'utf8')),
  );
}

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly locations: readonly [
          { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: Region } },
        ];
        readonly relatedLocations?: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[];
        readonly partialFingerprints: Readonly<Record<string, string>>;
        readonly suppressions?: readonly { readonly justification: string }[];
      }[];
    },
  ];
}

const sarif = (result: LintResult): Sarif => JSON.parse(report('sarif', result));

function textAt(text: string, { startLine, startColumn, endLine, endColumn }: Region): string {
  const lines = text.split('\n').slice(startLine - 1, endLine);
  const last = lines.length - 1;
  return lines.map((line, index) => line.slice(index === 0 ? startColumn - 1 : 0, index === last ? endColumn - 1 : undefined)).join('\n');
}

describe('SARIF', () => {
  it.each([
    ['findings of all kinds', everything],
    ['no findings', nothing],
  ])('fits the schema of OASIS with %s', (_, result) => {
    const validate = sarifSchema();
    expect(validate(JSON.parse(report('sarif', result))), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  });

  it('points at exactly the text of the value, in every failing example of every rule', () => {
    let compared = 0;
    for (const { examples } of RULES)
      for (const { yaml, finds } of examples) {
        if (finds.length === 0) continue;
        const result = lintText('example.yaml', yaml);
        const { results } = sarif(result).runs[0];
        for (const [index, finding] of result.findings.entries()) {
          const segments = finding.path.split('/').slice(1);
          const documents = loadAllQuietly(yaml).filter(
            (one) => at(one, 'kind') === finding.object?.kind && at(one, 'metadata', 'name') === finding.object?.name,
          );
          if (documents.length !== 1) continue;
          const [document] = documents;
          const value = at(document, ...segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')));
          if (typeof value !== 'string' || value.includes('\n')) continue;
          expect(load(textAt(yaml, results[index]?.locations[0].physicalLocation.region ?? fail()))).toBe(value);
          compared++;
        }
      }
    expect(compared).toBeGreaterThan(10);
  });

  it('leads to the chart first where one made the object, and then to the manifest', () => {
    const made = sarif(everything).runs[0].results.find(({ level }) => level === 'note');
    expect(made?.locations[0].physicalLocation).toMatchObject({ artifactLocation: { uri: 'charts/web.ts' }, region: { startLine: 7 } });
    expect(made?.relatedLocations?.[0]?.physicalLocation.artifactLocation.uri).toBe('a%20b/100%25%2C%C3%A9.yaml');
  });

  it('has help for each rule that it names, and a reason for each suppression', () => {
    const [{ tool, results }] = sarif(everything).runs;
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(results.filter(({ suppressions }) => suppressions).map(({ suppressions }) => suppressions?.[0]?.justification)).toEqual([
      'accepted until 2026-04-01 by team|shop: the <base> image, 50% done',
    ]);
  });

  it('keeps its fingerprints when lines are put above', () => {
    const prints = (result: LintResult) => sarif(result).runs[0].results.map(({ partialFingerprints }) => partialFingerprints);
    expect(prints(lintText('x.yaml', `# more\n\n${NASTY}`))).toEqual(prints(found));
    expect(prints(found)[0]).toHaveProperty('primaryLocationLineHash');
  });
});

const loadAllQuietly = (yaml: string): readonly unknown[] => {
  try {
    return loadAll(yaml);
  } catch {
    return [];
  }
};
const fail = (): never => {
  throw new Error('a finding without a result');
};

/** What Jenkins' junit-10.xsd lets each element hold. */
const JUNIT: Readonly<Record<string, { readonly attributes: readonly string[]; readonly children: readonly string[] }>> = {
  testsuites: { attributes: ['name', 'tests', 'failures', 'errors'], children: ['testsuite'] },
  testsuite: { attributes: ['name', 'tests', 'failures', 'errors', 'skipped'], children: ['testcase'] },
  testcase: { attributes: ['name', 'classname', 'file', 'line'], children: ['failure', 'skipped', 'system-out'] },
  failure: { attributes: ['type', 'message'], children: [] },
  skipped: { attributes: ['message'], children: [] },
  'system-out': { attributes: [], children: [] },
};

describe('JUnit', () => {
  const numbers = (element: XmlElement, ...names: readonly string[]) => names.map((name) => Number(element.attributes[name]));

  it.each([
    ['findings of all kinds', everything],
    ['no findings', nothing],
  ])('is XML of the elements that readers know, with %s', (_, result) => {
    const all = elements(report('junit', result));
    for (const { name, attributes, children } of all) {
      expect(JUNIT[name]?.attributes).toEqual(expect.arrayContaining(Object.keys(attributes)));
      expect(JUNIT[name]?.children).toEqual(expect.arrayContaining(children.map((child) => child.name)));
    }
    for (const suite of all.filter(({ name }) => name === 'testsuite')) {
      const count = (name: string) => suite.children.filter((one) => one.children.some((child) => child.name === name)).length;
      expect(numbers(suite, 'tests', 'failures', 'skipped')).toEqual([suite.children.length, count('failure'), count('skipped')]);
      expect(suite.children.length).toBeGreaterThan(0);
    }
  });

  it('fails a case for errors and warnings, skips what is waived, and gives text back as it was', () => {
    const all = elements(report('junit', everything));
    const count = (name: string) => all.filter((element) => element.name === name).length;
    const { errors, warnings, infos, waived } = everything.summary;
    expect([count('failure'), count('skipped'), count('system-out')]).toEqual([errors + warnings, waived, infos]);
    const messages = all.flatMap(({ name, attributes }) => (name === 'failure' ? [attributes.message] : []));
    expect(messages).toContain(everything.findings[0]?.message.replace('\u0007', '\uFFFD'));
  });
});

describe('GitHub annotations', () => {
  const COMMAND = /^::(error|warning|notice) ((?:file|line|col|endLine|endColumn|title)=[^,:\n]*(?:,[a-zA-Z]+=[^,:\n]*)*)::([^\n]*)$/;
  const decode = (text: string) => text.replace(/%(25|0D|0A|3A|2C)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

  it('are one command a line, and decode to what was meant', () => {
    const commands = report('github', everything)
      .trimEnd()
      .split('\n')
      .map((line) => COMMAND.exec(line) ?? expect.fail(`no command: ${line}`));
    const [, kind, properties = '', message = ''] = commands[0] ?? [];
    expect(kind).toBe('error');
    const [file] = properties.split(',');
    expect(decode(file ?? '')).toBe('file=a b/100%,é.yaml');
    expect(decode(message)).toContain(everything.findings[0]?.message);
    expect(commands.some(([, , where]) => where?.startsWith('file=charts/web.ts,line=7,col=3,'))).toBe(true);
    expect(commands.at(-1)?.[3]).toContain('1 accepted by tidegate.waivers.yaml.');
  });

  it('show ten of a severity, and say how many they leave out', () => {
    const many = withFindings(
      found,
      Array.from({ length: 25 }, (_, line) => ({ ...(found.findings[0] ?? fail()), line: line + 1 })),
    );
    const lines = report('github', many).trimEnd().split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([11, expect.stringContaining('15 more')]);
  });
});

describe('GitLab code quality', () => {
  /** @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format */
  const SCHEMA = {
    type: 'array',
    items: {
      type: 'object',
      required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
      properties: {
        description: { type: 'string', minLength: 1 },
        check_name: { type: 'string' },
        fingerprint: { type: 'string', minLength: 1 },
        severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
        location: {
          type: 'object',
          required: ['path', 'lines'],
          properties: {
            path: { type: 'string', not: { pattern: '^(?:\\./|/)' } },
            lines: { type: 'object', required: ['begin'], properties: { begin: { type: 'integer', minimum: 1 } } },
          },
        },
      },
    },
  };

  it('has what GitLab asks for, and a fingerprint for each', () => {
    const twice = withFindings(everything, [...everything.findings, ...everything.findings]);
    for (const result of [twice, nothing]) {
      const issues: readonly { readonly fingerprint: string }[] = JSON.parse(report('gitlab', result));
      expect(new Ajv().validate(SCHEMA, issues)).toBe(true);
      expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(result.findings.length);
    }
  });
});

describe('Markdown', () => {
  it('shows errors before warnings, keeps tables whole, and nobody is notified by a name', () => {
    const text = report('markdown', everything);
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBe(everything.findings.length - 1);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|').length).toBe(5);
    expect(text).not.toMatch(/@you/);
    expect(text.indexOf('### Errors')).toBeGreaterThan(0);
    expect(text).toMatch(/<details><summary>1 waived<\/summary>[\s\S]*2026-04-01/);
  });

  it('fits into a comment', () => {
    const long = Array.from({ length: 400 }, (_, line) => ({
      ...(found.findings[0] ?? fail()),
      line: line + 1,
      message: 'long '.repeat(400),
    }));
    const text = report('markdown', withFindings(found, long));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('did not fit');
  });

  it('says that nothing was found', () => {
    expect(report('markdown', nothing)).toMatch(/nothing was found\n\n1 object: no findings\.\n$/);
  });
});

describe('text', () => {
  it('says of a waived finding until when, by whom and why', () => {
    expect(report('text', everything)).toMatch(
      /waived {2}\S+ {2}[\s\S]*accepted until 2026-04-01 by team\|shop: the <base> image, 50% done/,
    );
    expect(report('text', everything)).toMatch(/, 1 waived\n$/);
  });
});
