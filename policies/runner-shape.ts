import { COMPONENT_LABEL } from '../lib/lock/labels.ts';
import { contentHashOf } from '../lib/policy/content-hash.ts';
import { podTemplateOf } from '../lib/policy/pods.ts';
import { releaseOf } from '../lib/policy/releases.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt, numberAt, textAt } from '../lib/policy/shape.ts';
import { PINNED } from './example.ts';

const PLAN_ANNOTATION = 'tidegate.dev/plan';
const BUNDLE_ANNOTATION = 'tidegate.dev/bundle';

/** Of the program in the examples, `walk()`. */
const BUNDLE = 'fb99010a';

const runner = (
  lines: {
    readonly replicas?: number;
    readonly strategy?: string;
    readonly plan?: string;
    readonly image?: string;
    readonly compares?: string;
  } = {},
): string =>
  `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-runner
  namespace: shop
  labels:
    tidegate.dev/component: runner
    tidegate.dev/release: web
spec:
  replicas: ${lines.replicas ?? 1}
  strategy:
    type: ${lines.strategy ?? 'Recreate'}
  selector:
    matchLabels:
      tidegate.dev/component: runner
  template:
    metadata:
      labels:
        tidegate.dev/component: runner
      annotations:
        tidegate.dev/plan: 0a1b2c3d
        tidegate.dev/bundle: ${BUNDLE}
    spec:
      containers:
        - name: runner
          image: ${lines.image ?? PINNED}
          env:
            - name: TIDEGATE_PLAN
              value: web-plan-${lines.plan ?? '0a1b2c3d'}${lines.compares === undefined ? '' : `\n            - name: TIDEGATE_BUNDLE\n              value: ${lines.compares}`}
      volumes:
        - name: code
          configMap:
            name: web-runner-${BUNDLE}
`;
const program = (text: string): string => `---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-runner-${BUNDLE}
  namespace: shop
  labels:
    tidegate.dev/component: runner
    tidegate.dev/release: web
immutable: true
data:
  runner.mjs: ${text}
`;

export const runnerShape: Rule = {
  id: 'runner-shape',
  holds: 'one runner walks one plan with the program that it was rendered for: it is replaced, never doubled, whenever one of them changes',
  severity: 'error',
  kinds: ['apps/Deployment'],
  why: 'Two runners at once ask twice and write against each other. A runner whose template names neither plan nor program stays as it is when Git changes these, and walks what nobody reviewed; an image by tag may change by itself.',
  fix: `Let Tidegate render it: one replica, Recreate, ${PLAN_ANNOTATION} and ${BUNDLE_ANNOTATION} in the template, helper.image by digest.`,
  examples: [
    { title: 'two runners', yaml: runner({ replicas: 2, strategy: 'RollingUpdate' }), finds: ['/spec/replicas', '/spec/strategy/type'] },
    {
      title: 'another plan than its template says',
      yaml: runner({ plan: 'ffffffff' }),
      finds: ['/spec/template/spec/containers/0/env/0/value'],
    },
    { title: 'an image by tag', yaml: runner({ image: 'node:22' }), finds: ['/spec/template/spec/containers/0/image'] },
    { title: 'a program that was edited', yaml: runner() + program('walk(); steal()'), finds: ['/data'] },
    {
      title: 'a runner that compares its program with another one',
      yaml: runner({ compares: 'ffffffff' }),
      finds: ['/spec/template/spec/containers/0/env/1/value'],
    },
    { title: 'a runner', yaml: runner(), finds: [] },
    { title: 'a runner and its program', yaml: runner({ compares: BUNDLE }) + program('walk()'), finds: [] },
  ],
  *check(entry, context) {
    const { value } = entry;
    const release = releaseOf(entry);
    if (release === null || textAt(value, 'metadata', 'labels', COMPONENT_LABEL) !== 'runner') return;
    const replicas = numberAt(value, 'spec', 'replicas');
    if (replicas !== 1) yield { path: ['spec', 'replicas'], message: `the runner has ${replicas ?? 'no number of'} replicas, expected 1.` };
    const strategy = textAt(value, 'spec', 'strategy', 'type');
    if (strategy !== 'Recreate')
      yield {
        path: ['spec', 'strategy', 'type'],
        message: `the strategy is ${strategy ?? 'RollingUpdate, the default'}, expected Recreate.`,
      };
    const annotations = ['spec', 'template', 'metadata', 'annotations'];
    for (const annotation of [PLAN_ANNOTATION, BUNDLE_ANNOTATION])
      if (textAt(value, ...annotations, annotation) === null)
        yield {
          path: [...annotations, annotation],
          message: `the template does not name ${annotation}, so the runner survives its change.`,
        };
    const plan = textAt(value, ...annotations, PLAN_ANNOTATION);
    const bundle = textAt(value, ...annotations, BUNDLE_ANNOTATION);
    for (const container of podTemplateOf(entry)?.containers ?? []) {
      const image = textAt(container.value, 'image');
      if (!/@sha256:[0-9a-f]{64}$/.test(image ?? ''))
        yield { path: [...container.path, 'image'], message: `the image ${image ?? 'that is missing'} is not pinned by digest.` };
      for (const [index, variable] of indexed(listAt(container.value, 'env'))) {
        const named = at(variable, 'name') === 'TIDEGATE_PLAN' ? textAt(variable, 'value') : null;
        const compared = at(variable, 'name') === 'TIDEGATE_BUNDLE' ? textAt(variable, 'value') : null;
        if (bundle !== null && compared !== null && compared !== bundle)
          yield {
            path: [...container.path, 'env', String(index), 'value'],
            message: `the runner compares its program with ${compared}, its template says ${bundle}.`,
          };
        if (plan !== null && named !== null && named !== `${release}-plan-${plan}`)
          yield {
            path: [...container.path, 'env', String(index), 'value'],
            message: `the runner walks ${named}, its template says ${release}-plan-${plan}.`,
          };
      }
    }
    for (const [index, volume] of indexed(listAt(value, 'spec', 'template', 'spec', 'volumes'))) {
      const code = at(volume, 'name') === 'code' ? textAt(volume, 'configMap', 'name') : null;
      if (bundle !== null && code !== null && code !== `${release}-runner-${bundle}`)
        yield {
          path: ['spec', 'template', 'spec', 'volumes', String(index), 'configMap', 'name'],
          message: `the runner runs ${code}, its template says ${release}-runner-${bundle}.`,
        };
      const found = code && context.set.find({ kind: 'ConfigMap', namespace: entry.id.namespace, name: code }, entry);
      if (found && bundle !== null && contentHashOf(found) !== bundle)
        yield {
          entry: found,
          path: ['data'],
          message: `its files hash to ${contentHashOf(found)}, and it is named by ${bundle}: it was edited.`,
        };
    }
  },
};
