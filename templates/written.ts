// The templates as YAML names them: one key, the template, over its arguments. A further template is a line in the interface
// and one in the table; the schema of a YAML intent is generated from the interfaces.
import type { AnalysisTemplateOptions } from '../lib/intent/analysis-template.ts';
import type { Gate } from '../lib/intent/gate.ts';
import type { ServedShare } from '../lib/intent/traffic.ts';
import { type BurnRateOptions, burnRate } from './budget.ts';
import {
  type ErrorRatioOptions,
  type ErrorsAgainstStableOptions,
  errorRatio,
  errorsAgainstStable,
  type SuccessRatioOptions,
  successRatio,
} from './errors.ts';
import { type LatencyAgainstStableOptions, type LatencyOptions, latency, latencyAgainstStable } from './latency.ts';
import { type ReadinessOptions, type RestartsOptions, readiness, restarts } from './pods.ts';
import { type ServedShareOptions, servedShare } from './served.ts';
import { type HttpRequestsOptions, httpRequests } from './sources/http-requests.ts';
import { type IstioOptions, istio } from './sources/istio.ts';
import type { MetricSource } from './sources/source.ts';
import { type JobCheckOptions, jobCheck, type WebCheckOptions, webCheck } from './synthetic.ts';
import { type MinimumRequestsOptions, minimumRequests } from './volume.ts';

/** Arguments of a gate template, by its name. */
export interface GateTemplates {
  /** Existing AnalysisTemplates of Argo Rollouts: a gate for each metric. */
  readonly analysisTemplate: AnalysisTemplateOptions;
  /** The service as a whole burns its error budget slowly enough to be released into. */
  readonly burnRate: BurnRateOptions;
  /** The candidate's share of failed requests, against a bound. */
  readonly errorRatio: ErrorRatioOptions;
  /** The candidate's share of failed requests, against stable's. */
  readonly errorsAgainstStable: ErrorsAgainstStableOptions;
  /** A container that exits 0 when the candidate is well. */
  readonly jobCheck: JobCheckOptions;
  /** A quantile of the candidate's latency, against a bound. */
  readonly latency: LatencyOptions;
  /** A quantile of the candidate's latency, against stable's. */
  readonly latencyAgainstStable: LatencyAgainstStableOptions;
  /** No verdict before the candidate has seen enough requests. */
  readonly minimumRequests: MinimumRequestsOptions;
  /** The candidate's share of available replicas. */
  readonly readiness: ReadinessOptions;
  /** Restarts of the candidate's containers. */
  readonly restarts: RestartsOptions;
  /** The candidate's share of requests that do not fail, against a bound. */
  readonly successRatio: SuccessRatioOptions;
  /** A synthetic request to the candidate's own Service. */
  readonly webCheck: WebCheckOptions;
}

/** Arguments of a source of request metrics, by its name. */
export interface SourceTemplates {
  /** Metrics that the application exposes itself. */
  readonly httpRequests: HttpRequestsOptions;
  /** Istio's standard metrics. */
  readonly istio: IstioOptions;
}

/** Arguments of what asks for the served share, by its name. */
export interface ServedTemplates {
  /** The candidate's requests by those of candidate and stable. */
  readonly servedShare: ServedShareOptions;
}

/** What YAML can name, all of it: the root of the generated schema. */
export interface Templates {
  readonly gates: GateTemplates;
  readonly sources: SourceTemplates;
  readonly served: ServedTemplates;
}

type Table<Templates, Made> = { readonly [Name in keyof Templates]: (options: Templates[Name]) => Made };

/** One gate each; those of existing templates are read from files, which is done elsewhere. */
export const GATE_TEMPLATES: Table<Omit<GateTemplates, 'analysisTemplate'>, Gate> = {
  burnRate,
  errorRatio,
  errorsAgainstStable,
  jobCheck,
  latency,
  latencyAgainstStable,
  minimumRequests,
  readiness,
  restarts,
  successRatio,
  webCheck,
};

const SOURCE_TEMPLATES: Table<SourceTemplates, MetricSource> = { httpRequests, istio };

const SERVED_TEMPLATES: Table<ServedTemplates, ServedShare> = { servedShare };

type Written = Readonly<Record<string, unknown>>;

/**
 * A gate as data: what names a template is made by it, anything else stays as it is.
 * @param written what the schema of a YAML intent has accepted
 * @throws RangeError where the template refuses its arguments
 */
export const gateOf = (written: Written): Written => made(GATE_TEMPLATES, written);

/** The same for `traffic.served`. */
export const servedOf = (written: Written): Written => made(SERVED_TEMPLATES, written);

function made(table: object, written: Written): Written {
  const [template, options] = chosen(table, written) ?? [];
  if (template === undefined) return written;
  const source = Object(options).source as Written | undefined;
  return template(source === undefined ? options : { ...Object(options), source: sourceOf(source) }) as Written;
}

function sourceOf(written: Written): unknown {
  const [source, options] = chosen(SOURCE_TEMPLATES, written) ?? [];
  return source?.(options);
}

type AnyTemplate = (options: unknown) => unknown;

/** The entry of a table that the one key of `written` names, and what is written below it. */
function chosen(table: object, written: Written): readonly [AnyTemplate, unknown] | null {
  const [name = '', ...more] = Object.keys(written);
  if (more.length > 0 || !Object.hasOwn(table, name)) return null;
  return [(table as Readonly<Record<string, AnyTemplate>>)[name] as AnyTemplate, written[name]];
}
