import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finding, Severity } from '../finding.ts';
import type { Rule } from '../rule.ts';
import type { Report } from './report.ts';
import { describeWaiver } from './words.ts';

/**
 * SARIF 2.1.0, as code scanning of GitHub takes it.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export const sarifReport: Report = ({ findings }, { rules }) =>
  `${JSON.stringify(
    {
      $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'tidegate', rules: rules.map(descriptorOf) } },
          columnKind: 'utf16CodeUnits',
          results: findings.map((finding) =>
            resultOf(
              finding,
              rules.findIndex(({ id }) => id === finding.rule),
            ),
          ),
        },
      ],
    },
    null,
    2,
  )}\n`;

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

function descriptorOf({ id, holds, why, fix, severity }: Rule) {
  return {
    id,
    shortDescription: { text: `${holds.charAt(0).toUpperCase()}${holds.slice(1)}.` },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${fix}`, markdown: `${why}\n\n**How to mend it.** ${fix}` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ['kubernetes', 'progressive-delivery'], precision: 'high', 'problem.severity': PROBLEM_SEVERITIES[severity] },
  };
}

/** GitHub's own words, by which it sorts. */
const PROBLEM_SEVERITIES: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'recommendation' };

function resultOf(finding: Finding, ruleIndex: number) {
  const { rule, severity, message, help, object, path, source, waiver, fingerprint, line, column, end } = finding;
  const manifest = {
    physicalLocation: {
      artifactLocation: { uri: uriOf(finding.file) },
      region: { startLine: line, startColumn: column, endLine: end.line, endColumn: end.column },
    },
    ...(object === null ? {} : { logicalLocations: [{ name: object.name, fullyQualifiedName: qualified(finding), kind: 'object' }] }),
  };
  const chart = source && {
    physicalLocation: { artifactLocation: { uri: uriOf(source.file) }, region: { startLine: source.line, startColumn: source.column } },
  };
  return {
    ruleId: rule,
    ...(ruleIndex >= 0 ? { ruleIndex } : {}),
    level: LEVELS[severity],
    message: { text: `${message} ${help}` },
    // GitHub shows the first location only, and only in lines that the pull request touches: the author's.
    locations: [chart ? { ...chart, logicalLocations: manifest.logicalLocations ?? [] } : manifest],
    ...(chart ? { relatedLocations: [{ id: 1, ...manifest, message: { text: `the value${path === '' ? '' : ` at ${path}`}` } }] } : {}),
    // The one key of which GitHub knows an alert again; other readers take ours.
    partialFingerprints: { primaryLocationLineHash: fingerprint, 'tidegate/v1': fingerprint },
    ...(finding.fix === null
      ? {}
      : { fixes: [{ description: { text: help }, artifactChanges: [changeOf(manifest.physicalLocation, finding.fix)] }] }),
    ...(waiver ? { suppressions: [{ kind: 'external', status: 'accepted', justification: describeWaiver(waiver) }] } : {}),
  };
}

const changeOf = ({ artifactLocation, region }: { readonly artifactLocation: object; readonly region: object }, text: string) => ({
  artifactLocation,
  replacements: [{ deletedRegion: region, insertedContent: { text } }],
});

const qualified = ({ object, path }: Finding): string =>
  object === null ? path : `${object.apiVersion}/${object.kind}/${object.namespace ?? ''}/${object.name}${path}`;

/** Relative to the working directory, with whatever a URI does not take written as it wants it. */
const uriOf = (file: string): string =>
  isAbsolute(file) ? pathToFileURL(file).href : file.split(/[/\\]/).map(encodeURIComponent).join('/');
