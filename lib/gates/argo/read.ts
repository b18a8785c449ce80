import { createHash } from 'node:crypto';
import type { AnalysisTemplateOptions } from '../../intent/analysis-template.ts';
import type { ArgoGate, Gate } from '../../intent/gate.ts';
import { readStream } from '../../intent/read-written.ts';
import { nearest, type Problem, ProblemError, type SourceLocation } from '../../schema/index.ts';
import { Budget } from '../condition/limits.ts';
import { patternOf } from '../condition/pattern.ts';
import { Arguments, type WrittenArgument } from './arguments.ts';
import { gateOfMetric } from './metric.ts';
import { at, fieldsAt, listAt, type Part, textAt } from './shape.ts';

const KINDS = ['AnalysisTemplate', 'ClusterAnalysisTemplate'] as const;

/** A template of a file, and where each part of it stands. */
interface Template {
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly place: (...path: readonly string[]) => SourceLocation;
}

/**
 * The gates that AnalysisTemplates make, merged as Argo Rollouts merges the templates of one AnalysisRun: metrics of
 * namespaced templates first, then those of cluster templates; arguments of all of them together.
 * @param read text of a file, by its path in the repository; null where there is none
 * @throws ProblemError with everything that is wrong with the templates, or cannot be done here, each with its line
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
 */
export function gatesOfTemplates(options: AnalysisTemplateOptions, read: (file: string) => string | null): readonly Gate[] {
  const problems: Problem[] = [];
  const files = [...new Set(options.files)];
  const all = files.flatMap((file) => {
    const text = read(file);
    if (text !== null) return templatesIn(file, text, problems);
    problems.push({ message: `there is no file ${file}.`, help: 'Name AnalysisTemplates by their path in the repository.' });
    return [];
  });
  if (files.length === 0) problems.push({ message: 'no file of AnalysisTemplates is named.' });
  if (problems.length > 0) throw new ProblemError(problems);
  const templates = KINDS.flatMap((kind) => all.filter((template) => template.kind === kind));
  problems.push(...templates.flatMap((template) => referenceProblems(template, templates)));
  const args = new Arguments(options.args ?? {}, templates.flatMap(writtenArguments));
  problems.push(...args.problems);
  const metrics = templates.flatMap((template) =>
    listAt(template.spec, 'metrics').map((value, index) => ({ value, index, template, name: textAt(value, 'name') ?? '' })),
  );
  if (problems.length === 0 && metrics.length === 0) problems.push({ message: `there are no metrics in ${files.join(', ')}.` });
  const dryRun = rulesOf(
    'dryRun',
    templates,
    metrics.map(({ name }) => name),
    problems,
  );
  const retention = rulesOf(
    'measurementRetention',
    templates,
    metrics.map(({ name }) => name),
    problems,
  );
  const labels = labelsOf(metrics.map(({ name }) => name));
  const seen = new Set<string>();
  const gates = metrics.flatMap(({ value, index, template, name }) => {
    const part = partOf(template, ['metrics', String(index)], value);
    if (seen.has(name)) problems.push(part.problem(['name'], `two metrics have the same name '${name}'.`));
    seen.add(name);
    const argo: Pick<ArgoGate, 'verdicts' | 'dryRun' | 'retention' | 'file'> = {
      verdicts: options.verdicts ?? 'native',
      dryRun: dryRun(name) !== null,
      retention: Math.min(MOST_RETAINED, limitOf(retention(name)) ?? 10),
      file: template.file,
    };
    return gateOfMetric(part, { name, label: labels(name) }, args, argo, options, problems);
  });
  if (problems.length > 0) throw new ProblemError(problems);
  return gates;
}

/** Metrics may be called anything. A gate has a label for a name, which ends with a hash where that of another metric is the same. */
function labelsOf(names: readonly string[]): (name: string) => string {
  const plain = (name: string): string =>
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
  return (name) => {
    const label = plain(name);
    const isIts = label === name || !names.some((other) => other !== name && plain(other) === label);
    return isIts && label !== '' && label.length <= LONGEST_LABEL
      ? label
      : `${label.slice(0, 54) || 'metric'}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  };
}

const LONGEST_LABEL = 63;

/** The status of a release holds them, and a ConfigMap no more than 1 MiB. */
const MOST_RETAINED = 50;

const limitOf = (rule: unknown): number | null => {
  const limit = at(rule, 'limit');
  return typeof limit === 'number' && limit > 0 ? limit : null;
};

function templatesIn(file: string, text: string, problems: Problem[]): readonly Template[] {
  try {
    const found = readStream(file, text).flatMap(({ data, place }) => {
      const kind = textAt(data, 'kind') ?? '';
      if (!KINDS.some((known) => known === kind) || !(textAt(data, 'apiVersion') ?? '').startsWith('argoproj.io/')) return [];
      const name = textAt(data, 'metadata', 'name') ?? '';
      return [{ kind, name, file, spec: fieldsAt(data, 'spec'), place: (...path: readonly string[]) => place(['spec', ...path]) }];
    });
    if (found.length === 0)
      problems.push({ message: `${file} holds no AnalysisTemplate of Argo Rollouts.`, at: { file, line: 1, column: 1 } });
    return found;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

function partOf({ kind, name, place }: Template, above: readonly string[], value: unknown): Part {
  return {
    value,
    problem: (path, message, help) => ({
      message: `${kind} '${name}': ${message}`,
      path: ['', 'spec', ...above, ...path].join('/'),
      at: place(...above, ...path),
      ...(help === undefined ? {} : { help }),
    }),
  };
}

/** Templates that a template refers to must be among those that are named, where they are merged anyway. */
function referenceProblems(template: Template, known: readonly Template[]): readonly Problem[] {
  return listAt(template.spec, 'templates').flatMap((reference, index) => {
    const name = textAt(reference, 'templateName') ?? '';
    const kind = at(reference, 'clusterScope') === true ? KINDS[1] : KINDS[0];
    if (known.some((one) => one.kind === kind && one.name === name)) return [];
    const part = partOf(template, ['templates', String(index)], reference);
    return [part.problem([], `it refers to ${kind} '${name}', which no named file holds.`, 'Name the file of that template, too.')];
  });
}

function writtenArguments(template: Template): readonly WrittenArgument[] {
  return listAt(template.spec, 'args').map((value, index) => ({
    name: textAt(value, 'name') ?? '',
    value: at(value, 'value') ?? null,
    valueFrom: at(value, 'valueFrom') ?? null,
    part: partOf(template, ['args', String(index)], value),
  }));
}

/** The last rule whose pattern matches a metric's name, anywhere in it. Each must match one, as Argo Rollouts wants. */
function rulesOf(field: 'dryRun' | 'measurementRetention', templates: readonly Template[], names: readonly string[], problems: Problem[]) {
  const rules = templates.flatMap((template) =>
    listAt(template.spec, field).flatMap((rule, index) => {
      const part = partOf(template, [field, String(index)], rule);
      const pattern = textAt(rule, 'metricName') ?? '';
      const matches = expressionOf(pattern);
      if (typeof matches === 'string') {
        problems.push(part.problem(['metricName'], `its rule matches nothing: ${matches}.`, 'Write .* for all metrics.'));
        return [];
      }
      if (names.some(matches)) return [{ rule, matches }];
      const meant = nearest(pattern, names);
      problems.push(
        part.problem(
          ['metricName'],
          `its rule '${pattern}' matches no metric.`,
          meant ? `Did you mean '${meant}'?` : 'Write .* for all of them.',
        ),
      );
      return [];
    }),
  );
  return (name: string): unknown => rules.findLast(({ matches }) => matches(name))?.rule ?? null;
}

/** What Go's regular expression matches, or what is wrong with it. */
function expressionOf(pattern: string): ((name: string) => boolean) | string {
  try {
    const expression = patternOf(pattern);
    return (name) => expression(name, new Budget());
  } catch (error) {
    return (error as Error).message;
  }
}
