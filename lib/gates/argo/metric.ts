import type { AnalysisTemplateOptions } from '../../intent/analysis-template.ts';
import { Duration } from '../../intent/duration.ts';
import type { ArgoGate, Gate } from '../../intent/gate.ts';
import type { Problem } from '../../schema/index.ts';
import { WHOLE } from '../condition/whole/language.ts';
import { wrongWith } from '../condition-problems.ts';
import { mapTexts } from '../texts.ts';
import type { Arguments } from './arguments.ts';
import { providerOf } from './provider.ts';
import { at, type Part, textAt } from './shape.ts';

const KNOWN = [
  ...['name', 'interval', 'initialDelay', 'count', 'successCondition', 'failureCondition', 'failureLimit', 'inconclusiveLimit'],
  ...['consecutiveErrorLimit', 'consecutiveSuccessLimit', 'provider'],
];

/** A metric as a gate; none where it cannot be one. */
export function gateOfMetric(
  written: Part,
  { name, label }: { readonly name: string; readonly label: string },
  args: Arguments,
  terms: Pick<ArgoGate, 'verdicts' | 'dryRun' | 'retention' | 'file'>,
  options: AnalysisTemplateOptions,
  problems: Problem[],
): readonly Gate[] {
  const before = problems.length;
  const value = mapTexts(written.value, (text, path) => args.fill(text, written, segmentsOf(path), problems));
  const part: Part = { ...written, value };
  for (const field of Object.keys(Object(value)))
    if (!KNOWN.includes(field)) problems.push(part.problem([field], `metric '${name}' has a field '${field}', which is not known here.`));
  const limits = limitsOf(part, problems);
  const provider = providerOf(part, args, problems);
  for (const field of ['successCondition', 'failureCondition']) {
    const text = textAt(value, field);
    for (const { message, help } of text ? wrongWith(text, provider, WHOLE) : []) problems.push(part.problem([field], message, help));
  }
  const [interval, initialDelay] = ['interval', 'initialDelay'].map((field) => durationOf(part, field, problems));
  if (provider && 'job' in provider && (terms.dryRun || limits.count === null))
    problems.push(
      part.problem(
        [],
        `metric '${name}' runs Jobs ${terms.dryRun ? 'that count for nothing' : 'without end'}, and each is an object of the plan.`,
        terms.dryRun ? 'Leave it out.' : 'Give it a count.',
      ),
    );
  const used = JSON.stringify(provider ?? null) + [textAt(value, 'successCondition'), textAt(value, 'failureCondition')].join();
  const secret = args.secretIn(used);
  if (secret !== null)
    problems.push(
      part.problem(
        ['provider'],
        `metric '${name}' uses {{args.${secret}}}, which is a Secret's, where everybody who reads the plan would see it.`,
        `Only a header Authorization: Bearer {{args.${secret}}} can be filled in by the runner, which reads the mounted key.`,
      ),
    );
  if (problems.length > before || provider === null) return [];
  const { count, failureLimit, inconclusiveLimit, consecutiveErrorLimit, consecutiveSuccessLimit } = limits;
  const [successCondition, failureCondition] = ['successCondition', 'failureCondition'].map((field) => textAt(value, field));
  return [
    {
      name: label,
      description: options.description ?? `Metric ${name} of ${terms.file}.`,
      scope: options.scope ?? 'candidate',
      provider,
      ...(successCondition ? { successCondition } : {}),
      ...(failureCondition ? { failureCondition } : {}),
      ...(interval ? { interval } : {}),
      count: count ?? 1,
      initialDelay: initialDelay ?? '0s',
      failureLimit: Math.max(0, failureLimit),
      inconclusiveLimit,
      ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
      argo: { ...terms, count, failureLimit, inconclusiveLimit, consecutiveErrorLimit, consecutiveSuccessLimit },
    },
  ];
}

const segmentsOf = (path: string): readonly string[] => path.split(/[.[\]]+/).filter(Boolean);

function limitsOf(part: Part, problems: Problem[]) {
  const number = (field: string): number => {
    const written = at(part.value, field);
    // Argo Rollouts takes 0 for a text that is no number; here it is told.
    if (written === undefined || written === null) return field === 'consecutiveErrorLimit' ? 4 : 0;
    if (/^-?\d+$/.test(String(written))) return Number(written);
    problems.push(
      part.problem([field], `${field} must be a whole number, not ${JSON.stringify(written)}, of which Argo Rollouts makes 0.`),
    );
    return 0;
  };
  const [written, failureLimit, inconclusiveLimit, consecutiveErrorLimit, consecutiveSuccessLimit] = [
    number('count'),
    number('failureLimit'),
    number('inconclusiveLimit'),
    number('consecutiveErrorLimit'),
    number('consecutiveSuccessLimit'),
  ] as const;
  const hasInterval = Boolean(textAt(part.value, 'interval'));
  const refuse = (field: string, message: string) => problems.push(part.problem([field], `${message}, as Argo Rollouts wants.`));
  if (failureLimit < -1) refuse('failureLimit', 'failureLimit must be >= -1');
  if (failureLimit === -1 && consecutiveSuccessLimit <= 0) refuse('failureLimit', 'failureLimit -1 needs a consecutiveSuccessLimit');
  if (inconclusiveLimit < 0) refuse('inconclusiveLimit', 'inconclusiveLimit must be >= 0');
  if (consecutiveErrorLimit < 0) refuse('consecutiveErrorLimit', 'consecutiveErrorLimit must be >= 0');
  if (consecutiveSuccessLimit < 0) refuse('consecutiveSuccessLimit', 'consecutiveSuccessLimit must be >= 0');
  if (written > 1 && !hasInterval) refuse('interval', 'interval must be specified when count > 1');
  const least = Math.max(0, failureLimit) + consecutiveSuccessLimit;
  if (written > 0 && written < least) refuse('count', `count (${written}) must be >= failureLimit + consecutiveSuccessLimit (${least})`);
  if (written > 0 && written < inconclusiveLimit) refuse('count', `count (${written}) must be >= inconclusiveLimit (${inconclusiveLimit})`);
  return {
    count: written > 0 ? written : hasInterval ? null : 1,
    failureLimit,
    inconclusiveLimit,
    consecutiveErrorLimit,
    consecutiveSuccessLimit,
  };
}

function durationOf(part: Part, field: string, problems: Problem[]): string | null {
  const text = textAt(part.value, field);
  if (!text) return null;
  try {
    return Duration.parse(text).toString();
  } catch (error) {
    problems.push(part.problem([field], `${(error as Error).message}.`));
    return null;
  }
}
