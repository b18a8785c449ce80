import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type Finding, reaches } from '../policy/finding.ts';
import { check } from '../policy/policy.ts';
import { describeCounts } from '../policy/report/words.ts';
import { loadPolicy } from './policy.ts';

/** What `cdk8s synth` hands to a plugin, as far as this one uses it. */
interface ValidationContext {
  readonly manifests: readonly string[];
  readonly logger: { log(message: string): void };
  readonly report: {
    addViolation(violation: Violation): void;
    submit(status: 'success' | 'failure', metadata?: Readonly<Record<string, string>>): void;
  };
}

interface Violation {
  readonly ruleName: string;
  readonly recommendation: string;
  readonly fix: string;
  readonly violatingResources: readonly {
    readonly resourceName: string;
    readonly locations: readonly string[];
    readonly manifestPath: string;
  }[];
}

export interface ValidationProperties {
  /** The least severity that makes `cdk8s synth` fail; graver or not, warnings are logged. @default error */
  readonly failOn?: 'error' | 'warning';
}

/**
 * The linter as a plugin of `cdk8s synth`, in `cdk8s.yaml` under `validations`. Has no clock: no waiver has expired there.
 * @see https://cdk8s.io/docs/latest/cli/synth/#validations
 */
export class TidegateValidation {
  readonly #failOn: 'error' | 'warning';

  constructor({ failOn = 'error' }: ValidationProperties = {}) {
    if (failOn !== 'error' && failOn !== 'warning')
      throw new Error(`cdk8s.yaml: the property failOn of TidegateValidation is '${failOn}', expected error or warning`);
    this.#failOn = failOn;
  }

  async validate({ manifests, logger, report }: ValidationContext): Promise<void> {
    const directory = process.cwd();
    const texts = manifests.map((path) => ({ name: relative(directory, path), text: readFileSync(path, 'utf8') }));
    const { findings, summary } = check({ texts, unreadable: [] }, await loadPolicy(directory, true), null);
    const open = findings.filter(({ waiver }) => waiver === null);
    const failing = open.filter(({ severity }) => reaches(severity, this.#failOn));
    for (const finding of failing) report.addViolation(violationOf(finding));
    for (const { severity, rule, message, file, line, column } of open)
      if (severity === 'warning' && this.#failOn === 'error') logger.log(`${file}:${line}:${column}: warning ${rule}: ${message}`);
    logger.log(`tidegate: ${describeCounts(summary)}`);
    report.submit(failing.length === 0 ? 'success' : 'failure', { findings: describeCounts(summary) });
  }
}

const violationOf = ({ rule, message, help, object, file, line, column, path }: Finding): Violation => ({
  ruleName: rule,
  recommendation: message,
  fix: help,
  violatingResources: [
    { resourceName: object?.name ?? file, locations: [`${file}:${line}:${column}${path === '' ? '' : ` ${path}`}`], manifestPath: file },
  ],
});
