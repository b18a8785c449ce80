import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resolveGate } from '../../lib/intent/resolve-strategy.ts';
import * as templates from '../../templates/index.ts';

const root = fileURLToPath(new URL('../../templates/', import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** `ErrorRatioOptions.max` -> `0.01`: every `@default` tag of an options interface; null where an optional field has none. */
const documented = new Map(sources.flatMap((file) => defaultsIn(readFileSync(`${root}/${file}`, 'utf8'))));

/** Defaults that are no value to write: what they mean is in the tables of gates.test.ts. */
const WORDS = /^(?:none|null|as the factory says|every container of the pods|the image's|`s` where .*)$/;

const mesh = { address: 'http://prometheus:9090', source: templates.istio() };
const image = `registry.example.com/check@sha256:${'ab'.repeat(32)}`;

/** Every options interface, and what it makes of what is spelled out. */
const makers: Readonly<Record<string, (spelled: object) => unknown>> = {
  PrometheusOptions: (spelled) => resolveGate(templates.errorRatio({ ...mesh, ...spelled })),
  PodOptions: (spelled) => resolveGate(templates.readiness({ ...mesh, ...spelled })),
  ErrorRatioOptions: (spelled) => resolveGate(templates.errorRatio({ ...mesh, ...spelled })),
  SuccessRatioOptions: (spelled) => resolveGate(templates.successRatio({ ...mesh, ...spelled })),
  ErrorsAgainstStableOptions: (spelled) => resolveGate(templates.errorsAgainstStable({ ...mesh, ...spelled })),
  LatencyOptions: (spelled) => resolveGate(templates.latency({ ...mesh, maxMs: 500, ...spelled })),
  LatencyAgainstStableOptions: (spelled) => resolveGate(templates.latencyAgainstStable({ ...mesh, ...spelled })),
  RestartsOptions: (spelled) => resolveGate(templates.restarts({ ...mesh, ...spelled })),
  ReadinessOptions: (spelled) => resolveGate(templates.readiness({ ...mesh, ...spelled })),
  MinimumRequestsOptions: (spelled) => resolveGate(templates.minimumRequests({ ...mesh, ...spelled })),
  BurnRateOptions: (spelled) => resolveGate(templates.burnRate({ ...mesh, objective: 0.999, ...spelled })),
  ServedShareOptions: (spelled) => templates.servedShare({ ...mesh, ...spelled }),
  WebCheckOptions: (spelled) => resolveGate(templates.webCheck({ path: '/check', ...spelled })),
  JobCheckOptions: (spelled) => resolveGate(templates.jobCheck({ image, ...spelled })),
  Reported: (spelled) => templates.versionReported('/version', spelled),
  IstioOptions: (spelled) => asked(templates.istio(spelled)),
  HttpRequestsOptions: (spelled) => asked(templates.httpRequests(spelled)),
};

describe('the defaults of templates', () => {
  it('are documented for every optional field', () => {
    expect([...documented].filter(([, text]) => text === null)).toEqual([]);
  });

  it('are checked here for every options interface', () => {
    const values = [...documented].filter(([, text]) => text !== null && !WORDS.test(text)).map(([field]) => field.split('.')[0]);
    expect([...new Set(values)].sort()).toEqual(Object.keys(makers).sort());
  });

  it.each(Object.entries(makers))('of %s are what is documented', (name, make) => {
    expect(make(spelledOut(name))).toEqual(make({}));
  });
});

function defaultsIn(text: string): [string, string | null][] {
  return [...text.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)].flatMap(([, name, body = '']) =>
    [...body.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+readonly (\w+)\?:|readonly (\w+)\?:/gs)].map(
      ([, comment = '', field, bare]): [string, string | null] => [
        `${name}.${field ?? bare}`,
        /@default ([^*]+?)\s*$/.exec(comment)?.[1] ?? null,
      ],
    ),
  );
}

function spelledOut(name: string): object {
  const fields = [...documented].filter(([field, text]) => field.startsWith(`${name}.`) && text !== null && !WORDS.test(text));
  return Object.fromEntries(fields.map(([field, text]) => [field.slice(name.length + 1), readValue(text ?? '')]));
}

const readValue = (text: string): string | number => (/^[\d.]+$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text);

/** All that a source can be asked. */
function asked(source: templates.MetricSource) {
  return (['candidate', 'stable', 'revisions'] as const).map((of) => [
    source.requests(of, 'all'),
    source.requests(of, 'failed'),
    source.latency.buckets(of),
    source.latency.unit,
    String(source.scrapeInterval),
  ]);
}
