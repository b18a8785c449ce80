import type { Entry } from '../read/objects.ts';

/** A text of a metric and where it is written. */
export interface Written {
  /** With the values of arguments that are known put in; others stay `{{args.x}}`. */
  readonly text: string;
  /** As it is written. */
  readonly raw: string;
  readonly path: readonly string[];
}

/** A number that may be written as a text, or come from an argument; null where it is not written. */
export type Limit = number | 'unknown' | null;

/** One question that a release asks, in whatever object it is written. Rules about gates read this and no kind. */
export interface Metric {
  /** The object that it is written in. */
  readonly entry: Entry;
  readonly name: string;
  /** Path of the metric in the object; in a plan it leads on into the text of `plan.json`. */
  readonly path: readonly string[];
  /** Who asks, and hence what an answer means. */
  readonly engine: 'argo' | 'flagger' | 'native';
  /** What its conditions are written in: the language of every gate, or all of Argo's. @default that of every gate */
  readonly language?: 'whole';
  /** Names of the providers, such as `prometheus`; exactly one unless the metric is wrong. Flagger's own metrics: `built-in`. */
  readonly providers: readonly string[];
  /** Of a Prometheus: PromQL. Null where the provider has no query, or several. */
  readonly query: Written | null;
  readonly successCondition: Written | null;
  readonly failureCondition: Written | null;
  /** The range that Flagger wants; a bound that is not written is null. Null for others. */
  readonly bounds: { readonly min: number | null; readonly max: number | null; readonly path: readonly string[] } | null;
  /** Measurements that count; null where none is written. */
  readonly count: Limit;
  /** As written, such as `30s`. */
  readonly interval: string | null;
  readonly initialDelay: string | null;
  readonly failureLimit: Limit;
  readonly inconclusiveLimit: Limit;
  readonly consecutiveErrorLimit: Limit;
  readonly consecutiveSuccessLimit: Limit;
  /** Where it is said that its outcome counts for nothing; null where it counts. */
  readonly dryRun: readonly string[] | null;
  /** What it says it looks at; null where it does not say. */
  readonly scope: 'candidate' | 'comparison' | 'volume' | 'service' | null;
}

/** The path of one of a metric's fields. */
export const fieldOf = ({ path }: Metric, ...field: readonly string[]): readonly string[] => [...path, ...field];

/** What a message calls a metric. */
export const called = ({ engine, name }: Pick<Metric, 'engine' | 'name'>): string => `${engine === 'native' ? 'gate' : 'metric'} '${name}'`;
