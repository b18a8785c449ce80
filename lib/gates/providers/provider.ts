import type { Exchange } from './exchange.ts';

/**
 * What answers a gate's question. One file each, registered in `index.ts`; what all of them promise is in
 * `test/gates/providers/contract.test.ts`.
 */
export interface Provider<Question> {
  readonly name: string;
  /** Asks once. Never rejects: whatever goes wrong is an answer too. */
  ask(question: Question, context: AskContext): Promise<Answer>;
}

/** The outside world as a provider may use it. */
export interface AskContext {
  readonly exchange: Exchange;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Reads a mounted file, anew for each question: the kubelet replaces a Secret's files while the pod runs. */
  readonly readFile: (path: string) => Promise<string>;
  /** Ends a question early; its answer is then an error. */
  readonly signal?: AbortSignal;
  /** Has `<name>/<key>` for each key that the question names. @default /tidegate/secrets */
  readonly secretsDirectory?: string;
}

export type Answer = Result & {
  /** What the provider said beside its answer, shortened: a partial answer comes with a warning, not with an error. */
  readonly warnings: readonly string[];
  readonly evidence: Evidence;
};

/** What was answered, without its context. `NaN` and the infinities are numbers here; JSON cannot hold them. */
export type Result =
  | { readonly kind: 'number'; readonly value: number }
  /** At least one. */
  | { readonly kind: 'numbers'; readonly values: readonly number[] }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }
  /** Asked and answered, but there is no data. */
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'error';
      readonly message: string;
      /** The cause may pass by itself: overload, a timeout, a broken connection. False: a person has to change something. */
      readonly retryable: boolean;
    };

/** What a reader needs, beside the answer, to ask the same again. */
export interface Evidence {
  readonly provider: string;
  /** As the plan has it. */
  readonly address: string;
  /** The query, or method and path of the value. */
  readonly question: string;
  /** HTTP status; null where none came. */
  readonly status: number | null;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly tookMilliseconds: number;
  /** The time for which the provider computed its answer, by its own clock; null where it does not say. */
  readonly evaluatedAt: number | null;
}
