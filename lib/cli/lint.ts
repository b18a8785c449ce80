import { writeFileSync } from 'node:fs';
import { RULES } from '../../policies/index.ts';
import { DEFAULT_APP } from '../constructs/default-app.ts';
import { dayOf } from '../intent/day.ts';
import { approverFindings } from '../policy/approvers.ts';
import { withoutKnown } from '../policy/baseline.ts';
import { staleFindings } from '../policy/current.ts';
import { reaches, type Severity } from '../policy/finding.ts';
import { orderFindings } from '../policy/order.ts';
import { signerFindings } from '../policy/plan-signers.ts';
import { checkOnCores } from '../policy/policy.ts';
import { promotionFindings } from '../policy/promotion.ts';
import { unprovenFindings } from '../policy/proven.ts';
import { REPORTS, type ReportFormat } from '../policy/report/index.ts';
import { type LintResult, withFindings } from '../policy/result.ts';
import { type Command, type Invocation, type Io, textOption, textOptions, UsageError } from './command.ts';
import { checkFixOptions, fix } from './fix.ts';
import { findingsBefore, materialOf } from './lint-material.ts';
import { loadPolicy } from './policy.ts';

export const lint: Command = {
  name: 'lint',
  summary: 'check manifests against schemas and release policy',
  help: `Usage: tidegate lint [PATH ...] [--format FORMAT[=FILE]]... [--fail-on error|warning] [--base REF] [--baseline FILE]

Reads any Kubernetes YAML or JSON, in files, in folders and below, or from standard input (-), and says what is wrong
with it, at its line. Nothing needs to be made by Tidegate. Without PATH: what the project's charts give, with the line
of TypeScript that made each object.

Findings that tidegate.waivers.yaml accepts are shown and do not count. tidegate.yaml may set severities, words of names that
are of high risk, what exists elsewhere, and thresholds; policies/*.ts are rules of the repository's own.

Rules are errors on objects of a release (labelled tidegate.dev/release, Rollouts, Canaries and what they refer to), and
warnings at most on other workloads. \`tidegate explain RULE\` tells what a rule wants, and why.

Options:
  --format FORMAT[=FILE]     text (default), json, sarif, junit, github (annotations), gitlab (code quality) or markdown
                             (a comment on a pull request), to standard output or to a file; may be given several times
  --fail-on error|warning    the least severity that makes the exit code 1 (default error)
  --base REF                 only what this change causes: leave out what the commit has that it shares with REF
  --baseline FILE            leave out what a former report of --format json lists
  --now DAY                  judge waivers and flags as of this day, such as 2026-04-01 (default today, in UTC)
  --fix                      print what can be mended mechanically as a diff, instead of a report; exit 1 where it is not
                             empty. Misspelt fields, numbers that must be texts, numbers that a rule limits
  --write                    with --fix: write it, all files or none
  --app FILE                 the cdk8s program, where no PATH is given (default ${DEFAULT_APP})
  --target T                 only this target, where no PATH is given; may be given several times

Exit code 1: there are findings of that severity that nobody has accepted.

Examples:
  tidegate lint
  tidegate lint deploy/ --fail-on warning
  tidegate lint --base origin/main --format github
  tidegate lint deploy/ --fix | git apply
  helm template . | tidegate lint -
  kustomize build overlays/production | tidegate lint - --format text --format sarif=lint.sarif

Rules:
${ruleTable()}`,
  options: {
    app: { type: 'string' },
    base: { type: 'string' },
    baseline: { type: 'string' },
    'fail-on': { type: 'string' },
    fix: { type: 'boolean' },
    format: { type: 'string', multiple: true },
    now: { type: 'string' },
    target: { type: 'string', multiple: true },
    write: { type: 'boolean' },
  },
  async run(invocation) {
    checkFixOptions(invocation);
    const outputs = outputsOf(invocation);
    const threshold = thresholdOf(invocation);
    const policy = await loadPolicy(process.cwd(), invocation.positionals.length === 0);
    const today = dayOption(invocation);
    const before = await findingsBefore(invocation, policy, today);
    const { material, inFlight, stale, promotions, unproven, approvals, flights, queued } = await materialOf(invocation);
    const found = await checkOnCores(material, policy, today);
    const ofFiles = [
      ...staleFindings(stale),
      ...promotions.flatMap(promotionFindings),
      ...unprovenFindings(unproven),
      ...approverFindings(approvals),
      ...signerFindings(flights),
      ...orderFindings(queued),
    ];
    const result = withoutKnown(withFindings(found, [...found.findings, ...ofFiles]), before);
    if (invocation.values.fix === true) return fix(result, invocation);
    for (const { format, file } of outputs) {
      const text = REPORTS[format](result, { color: file === null && invocation.io.color, rules: policy.rules, inFlight });
      if (file === null) invocation.io.out(text);
      else write(file, text);
    }
    sayUnseen(result, invocation.io);
    return result.findings.some(({ severity, waiver }) => waiver === null && reaches(severity, threshold)) ? 1 : 0;
  },
};

function ruleTable(): string {
  const width = Math.max(...RULES.map(({ id }) => id.length));
  return RULES.map(({ id, holds }) => `  ${id.padEnd(width)}  ${holds}\n`).join('');
}

interface Output {
  readonly format: ReportFormat;
  /** Null for standard output. */
  readonly file: string | null;
}

function outputsOf(invocation: Invocation): readonly Output[] {
  const written = textOptions(invocation, 'format');
  const outputs = (written.length > 0 ? written : ['text']).map((text) => {
    const [name = '', ...rest] = text.split('=');
    if (!Object.hasOwn(REPORTS, name))
      throw new UsageError(`--format ${name} is not known here; it is one of ${Object.keys(REPORTS).join(', ')}`);
    if (text.endsWith('=')) throw new UsageError(`--format ${text} names no file after the =`);
    return { format: name as ReportFormat, file: rest.length > 0 ? rest.join('=') : null };
  });
  if (outputs.filter(({ file }) => file === null).length > 1)
    throw new UsageError('only one --format can go to standard output; give the others a file, such as --format json=lint.json');
  return outputs;
}

function thresholdOf(invocation: Invocation): Severity {
  const written = textOption(invocation, 'fail-on') ?? 'error';
  if (written !== 'error' && written !== 'warning') throw new UsageError(`--fail-on ${written} is not known; it is error or warning`);
  return written;
}

/** The clock of the linter: nothing below reads another. */
function dayOption(invocation: Invocation): string {
  const written = textOption(invocation, 'now') ?? new Date().toISOString().slice(0, 10);
  if (dayOf(written) === null) throw new UsageError(`--now ${written} is no day; write one such as 2026-04-01`);
  return written;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What was not looked at is said, so that silence means that all is well. */
function sayUnseen({ summary }: LintResult, { err }: Io): void {
  const { objects, unchecked, others, patches } = summary;
  for (const { apiVersion, kind, count } of unchecked) err(`unchecked: ${count} ${apiVersion} ${kind}; no schema of this kind is known.\n`);
  if (patches > 0)
    err(`not linted: ${patches} ${patches === 1 ? 'patch' : 'patches'} of kustomizations; lint what \`kustomize build\` makes.\n`);
  if (others > 0) err(`not linted: ${others} ${others === 1 ? 'document is' : 'documents are'} no Kubernetes object.\n`);
  if (objects === 0) err('no Kubernetes object was found.\n');
}
