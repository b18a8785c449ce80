import type { HttpCheck, HttpSmoke } from '../lib/intent/strategy.ts';

/**
 * A smoke test of requests to the candidate's own Service, in the order given: `httpSmoke('smoke',
 * healthEndpoints('/healthz'), versionReported('/api/version'), { path: '/api/checkout/smoke' })`.
 * @throws RangeError when there is nothing to check or a path does not begin with '/'
 */
export function httpSmoke(name: string, ...checks: readonly (HttpCheck | readonly HttpCheck[])[]): HttpSmoke {
  const http = checks.flat();
  if (http.length === 0) throw new RangeError(`httpSmoke '${name}' checks nothing; give it at least one path`);
  for (const { path } of http)
    if (!path.startsWith('/'))
      throw new RangeError(`httpSmoke '${name}': a path begins with '/' and is on the candidate's Service, not '${path}'`);
  return { name, http };
}

/** Each path answers 200. */
export function healthEndpoints(...paths: readonly string[]): readonly HttpCheck[] {
  return paths.map((path) => ({ path }));
}

/** What a service may report of itself. */
export interface Reported {
  /** Top-level field of the JSON answer. @default version */
  readonly field?: string;
  /** What it must hold: the tag of the candidate's image, the image's digest, or the revision's name. @default version */
  readonly is?: 'version' | 'digest' | 'revision';
}

/** The path answers 200 and reports the candidate's version: what was deployed is what answers. */
export function versionReported(path: string, { field = 'version', is = 'version' }: Reported = {}): HttpCheck {
  return { path, json: { [field]: `{{${is}}}` } };
}
