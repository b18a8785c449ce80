import type { DurationLike } from '../lib/intent/duration.ts';
import type { Gate, JobCheck, WebCheck } from '../lib/intent/gate.ts';
import { parseImage } from '../lib/intent/image.ts';
import { checkWhole } from './checks.ts';
import type { GateOptions } from './options.ts';
import { timing } from './promql.ts';

export interface WebCheckOptions extends GateOptions, Pick<WebCheck, 'auth' | 'tls'> {
  /** Path on the candidate's own Service, such as `/api/checkout/synthetic`. */
  readonly path: string;
  /** Port of that Service. @default 80 */
  readonly port?: number;
  /** @default GET */
  readonly method?: WebCheck['method'];
  /** @default none */
  readonly headers?: WebCheck['headers'];
  /** For POST and PUT. @default none */
  readonly body?: string;
  /** Where the JSON answer has the value to look at. @default {$.status} */
  readonly jsonPath?: string;
  /** The value that means success, of the same type; every other one means failure. @default ok */
  readonly equals?: string | number | boolean;
  /** Time allowed for an answer. @default 10s */
  readonly timeout?: DurationLike;
}

/**
 * A synthetic request to the candidate's own Service: passes when a field of the JSON answer has the value expected.
 * Gate `web-check`. An answer that is not 2xx or has no such field is an error, as no answer is.
 * @throws RangeError for a path without '/', a port outside 1..65535, a number that is not finite or a body with GET
 */
export function webCheck(options: WebCheckOptions): Gate {
  const { path, port = 80, method, headers, body, jsonPath = '{$.status}', equals = 'ok', timeout, auth, tls } = options;
  if (!path.startsWith('/')) throw new RangeError(`webCheck: path begins with '/' and is on the candidate's Service, not '${path}'`);
  if (checkWhole(port, 1, 'webCheck: port') > 65_535) throw new RangeError(`webCheck: port is at most 65535, not ${port}`);
  if (body !== undefined && (method ?? 'GET') === 'GET') throw new RangeError('webCheck: a body needs method POST or PUT');
  if (typeof equals === 'number' && !Number.isFinite(equals)) throw new RangeError(`webCheck: equals is a finite number, not ${equals}`);
  const value = JSON.stringify(equals);
  return {
    name: options.name ?? 'web-check',
    description: `The candidate answers ${method ?? 'GET'} ${path} with ${value} at ${jsonPath}.`,
    scope: 'candidate',
    provider: {
      web: {
        url: `${candidateUrl(port)}${path}`,
        jsonPath,
        ...(method === undefined ? {} : { method }),
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body }),
        ...(timeout === undefined ? {} : { timeout }),
        ...(auth === undefined ? {} : { auth }),
        ...(tls === undefined ? {} : { tls }),
      },
    },
    successCondition: `result == ${value}`,
    failureCondition: `result != ${value}`,
    ...timing(options),
  };
}

export interface JobCheckOptions extends GateOptions {
  /** How often the Job runs at each weight. @default 1 */
  readonly count?: number;
  /** Runs that may fail. Must be smaller than `count`. @default 0 */
  readonly failureLimit?: number;
  /** Runs that may end without a verdict. Must be smaller than `count`. @default 0 */
  readonly inconclusiveLimit?: number;
  /** Image by digest; exit code 0 passes. */
  readonly image: string;
  /** @default the image's */
  readonly command?: readonly string[];
  /** @default the image's */
  readonly args?: readonly string[];
  /** Beside `CANDIDATE_URL`, which names the candidate's own Service. @default none */
  readonly env?: JobCheck['env'];
  /** Port of that Service. @default 80 */
  readonly port?: number;
  /** Time allowed for the whole Job. @default 2m */
  readonly timeout?: DurationLike;
}

/**
 * A container that exits 0 when the candidate is well. Gate `job-check`.
 * @throws RangeError for an image without digest or a port outside 1..65535
 */
export function jobCheck(options: JobCheckOptions): Gate {
  const { image, command, args, env, port = 80, timeout } = options;
  parseImage(image);
  if (checkWhole(port, 1, 'jobCheck: port') > 65_535) throw new RangeError(`jobCheck: port is at most 65535, not ${port}`);
  return {
    name: options.name ?? 'job-check',
    description: `A Job of ${image.replace(/@.*/, '')} finds the candidate well.`,
    scope: 'candidate',
    provider: {
      job: {
        image,
        ...(command === undefined ? {} : { command }),
        ...(args === undefined ? {} : { args }),
        env: { CANDIDATE_URL: candidateUrl(port), ...env },
        ...(timeout === undefined ? {} : { timeout }),
      },
    },
    count: 1,
    failureLimit: 0,
    inconclusiveLimit: 0,
    ...timing(options),
  };
}

/** The candidate's own Service, which no route splits. */
const candidateUrl = (port: number): string =>
  `http://{{args.candidate-service}}.{{args.namespace}}.svc.cluster.local${port === 80 ? '' : `:${port}`}`;
