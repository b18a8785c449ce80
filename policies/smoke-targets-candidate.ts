import { metricsOf } from '../lib/policy/exposure/analysis.ts';
import { plansOf } from '../lib/policy/exposure/plan.ts';
import { hostsIn, serviceHost } from '../lib/policy/hosts.ts';
import { CANARY, ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { releaseOf } from '../lib/policy/releases.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, indexed, isFields, listAt, textAt } from '../lib/policy/shape.ts';
import { smokeJobsOf } from '../lib/policy/smoke.ts';
import { smokeJob } from './example.ts';
import { all, ask, canary, METRICS, person, plan, rollout, STEPS, smoke, to, watch, weight } from './release-examples.ts';

const curl = (host: string): string => `curl --fail --max-time 5 --connect-timeout 2 http://${host}/health`;
const planned = (host: string): string =>
  `${plan([smoke, to(5), watch(), ask, all], { stable: { service: 'web-aaaaaaaa' }, candidate: { service: 'web-bbbbbbbb' } })}---\n${smokeJob({ script: curl(host) })}`;
const jobTemplate = `---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: smoke
  namespace: shop
spec:
  args:
    - name: service
  metrics:
    - name: smoke
      provider:
        job:
          spec:
            activeDeadlineSeconds: 60
            backoffLimit: 0
            template:
              spec:
                restartPolicy: Never
                containers:
                  - name: smoke
                    image: registry.example.com/smoke:1
                    command: [smoke, "http://{{args.service}}/health"]
`;
const tested = (service: string): string =>
  rollout(`- setCanaryScale:
    replicas: 1
- analysis:
    templates:
      - templateName: smoke
    args:
      - name: service
        value: ${service}
${weight(5)}${person}`) + jobTemplate;
const hooked = (host: string): string =>
  canary(`stepWeight: 5
maxWeight: 50
${METRICS}webhooks:
  - name: smoke
    type: pre-rollout
    url: http://loadtester.test/
    metadata:
      type: bash
      cmd: ${curl(host)}
`);

export const smokeTargetsCandidate: Rule = {
  id: 'smoke-targets-candidate',
  holds: "a smoke test asks the candidate's own Service",
  severity: 'error',
  kinds: ['batch/Job', ROLLOUT, CANARY],
  why: 'Before the first weight every other name leads to stable. A test that asks the root host passes because the old version is well.',
  fix: "Ask the candidate's Service: canaryService or previewService of a Rollout, `<name>-canary` of a Canary and of a Tidegate release.",
  examples: [
    { title: 'a Job that asks stable', yaml: planned('web-aaaaaaaa.shop'), finds: ['/spec/template/spec/containers/0'] },
    { title: 'a Job that asks the root Service', yaml: planned('web'), finds: ['/spec/template/spec/containers/0'] },
    { title: 'an analysis whose Job asks stable', yaml: tested('web-stable'), finds: [`${STEPS}/1/analysis`] },
    { title: 'a webhook that asks the root Service', yaml: hooked('web.shop'), finds: ['/spec/analysis/webhooks/0'] },
    { title: 'a Job', yaml: planned('web-bbbbbbbb.shop'), finds: [] },
    { title: 'an analysis', yaml: tested('web-canary'), finds: [] },
    { title: 'a webhook', yaml: hooked('web-canary.shop'), finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === ROLLOUT) yield* ofRollout(entry, context);
    else if (entry.kind === CANARY) yield* ofCanary(entry);
    else yield* ofJob(entry, context);
  },
};

function* ofJob(entry: Entry, context: Context): Iterable<Complaint> {
  const release = releaseOf(entry);
  if (release === null) return;
  const stable = new Set([release, `${release}-stable`]);
  for (const plan of plansOf(entry, context)) {
    const service = textAt(plan, 'stable', 'service');
    if (service !== null) stable.add(service);
  }
  for (const plan of plansOf(entry, context)) stable.delete(textAt(plan, 'candidate', 'service') ?? '');
  for (const { containers } of smokeJobsOf(entry))
    for (const { value, path } of containers) yield* asks(value, {}, stable, entry, path, 'the smoke test');
}

function* ofRollout(entry: Entry, context: Context): Iterable<Complaint> {
  const { value } = entry;
  const fields = [
    ['canary', 'stableService'],
    ['blueGreen', 'activeService'],
  ];
  const stable = new Set(fields.flatMap((field) => textAt(value, 'spec', 'strategy', ...field) ?? []));
  const analyses = [
    ...indexed(listAt(value, 'spec', 'strategy', 'canary', 'steps')).map(([index]) => ['canary', 'steps', String(index), 'analysis']),
    ['blueGreen', 'prePromotionAnalysis'],
  ];
  for (const field of analyses) {
    const path = ['spec', 'strategy', ...field];
    const analysis = at(value, ...path);
    if (!isFields(analysis)) continue;
    const args = Object.fromEntries(
      listAt(analysis, 'args').flatMap((arg) => {
        const [name, given] = [textAt(arg, 'name'), textAt(arg, 'value')];
        return name === null || given === null ? [] : [[name, given]];
      }),
    );
    const templates = new Set((metricsOf(analysis, entry, context) ?? []).map((metric) => metric.entry));
    for (const template of templates)
      for (const { containers } of smokeJobsOf(template))
        for (const container of containers) yield* asks(container.value, args, stable, entry, path, `the Job of ${template.id.name}`);
  }
}

function* ofCanary(entry: Entry): Iterable<Complaint> {
  const { value, id } = entry;
  const name = textAt(value, 'spec', 'service', 'name') ?? textAt(value, 'spec', 'targetRef', 'name') ?? id.name;
  for (const [index, hook] of indexed(listAt(value, 'spec', 'analysis', 'webhooks')))
    if (textAt(hook, 'type') === 'pre-rollout')
      yield* asks(hook, {}, new Set([name, `${name}-primary`]), entry, ['spec', 'analysis', 'webhooks', String(index)], 'the webhook');
}

/** What a value, with its arguments filled in, asks of stable. */
function* asks(
  value: unknown,
  args: Readonly<Record<string, string>>,
  stable: ReadonlySet<string>,
  { id }: Entry,
  path: readonly string[],
  who: string,
): Iterable<Complaint> {
  const text = JSON.stringify(value).replaceAll(/\{\{\s*args\.([\w-]+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(args, name) ? (args[name] ?? whole) : whole,
  );
  for (const host of new Set(hostsIn(text))) {
    const named = serviceHost(host);
    if (named && stable.has(named.service) && (named.namespace === null || id.namespace === null || named.namespace === id.namespace))
      yield { path, message: `${who} asks ${host}, which leads to stable before the first weight.` };
  }
}
