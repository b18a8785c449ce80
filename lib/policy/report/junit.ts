import type { Finding } from '../finding.ts';
import type { Report } from './report.ts';
import { describeCounts, describeWaiver } from './words.ts';

/** JUnit as Jenkins, GitLab and Azure read it: a suite a file, a failed case an error or warning, a skipped one a waived finding. */
export const junitReport: Report = ({ findings, summary }) => {
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings) byFile.set(finding.file, [...(byFile.get(finding.file) ?? []), finding]);
  const suites = [...byFile].map(([file, group]) => suite(file, group));
  // Readers take a report without a case for a run that broke.
  const passed = `  <testsuite name="tidegate lint" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="tidegate" name="${xml(describeCounts(summary))}"/>
  </testsuite>`;
  const all = suites.length > 0 ? suites.map(({ text }) => text) : [passed];
  const total = (count: (suite: Suite) => number) => suites.reduce((sum, one) => sum + count(one), 0);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tidegate lint" tests="${total(({ tests }) => tests) || 1}" failures="${total(({ failures }) => failures)}" errors="0">
${all.join('\n')}
</testsuites>
`;
};

interface Suite {
  readonly text: string;
  readonly tests: number;
  readonly failures: number;
}

function suite(file: string, findings: readonly Finding[]): Suite {
  const failures = findings.filter(fails).length;
  const skipped = findings.filter(({ waiver }) => waiver !== null).length;
  return {
    tests: findings.length,
    failures,
    text: `  <testsuite name="${xml(file)}" tests="${findings.length}" failures="${failures}" errors="0" skipped="${skipped}">
${findings.map(testCase).join('\n')}
  </testsuite>`,
  };
}

const fails = ({ waiver, severity }: Finding): boolean => waiver === null && severity !== 'info';

function testCase(finding: Finding): string {
  const { rule, object, path, file, line, column, message, help, severity, source, waiver } = finding;
  const name = `${object === null ? file : `${object.kind} ${object.namespace === null ? '' : `${object.namespace}/`}${object.name}`}${path}`;
  const made = source === null ? '' : `made at ${source.file}:${source.line}:${source.column}\n`;
  const details = `${file}:${line}:${column}\n${made}${message}\n${help}`;
  const outcome = waiver
    ? `<skipped message="${xml(describeWaiver(waiver))}"/>`
    : fails(finding)
      ? `<failure type="${severity}" message="${xml(message)}">${xml(details)}</failure>`
      : `<system-out>${xml(details)}</system-out>`;
  return `    <testcase classname="${xml(rule)}" name="${xml(name)}" file="${xml(file)}" line="${line}">${outcome}</testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

/** XML 1.0 has no way to write most control characters and lone surrogates. */
const xml = (text: string): string =>
  text.replace(/(?![\t\n])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD').replace(/[&<>"\n]/g, (character) => ENTITIES[character] ?? character);
