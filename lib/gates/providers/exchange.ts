/** One HTTP request that a provider wants made, complete: nothing is added but what HTTP itself needs. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `http:` or `https:`, without user and password. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Certificates in PEM of which alone one is trusted; null: those that Node brings. */
  readonly ca: string | null;
  /** From the first packet to the last byte of the answer. */
  readonly timeoutMilliseconds: number;
  /** An answer with a larger body is given up when that is noticed, not read to its end. */
  readonly largestBytes: number;
  readonly signal?: AbortSignal;
}

export type HttpAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>;
      /** Whole, except where the status is not 2xx: then what came before the trouble. */
      readonly text: string;
    }
  | {
      readonly kind: 'nothing';
      readonly message: string;
      /** The cause may pass by itself. */
      readonly retryable: boolean;
    };

/** Makes one request: the network, or a simulated one. Follows no redirect and never rejects. */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>;
