import { flagsOf } from '../lib/policy/flags.ts';
import { CANARY, type PodTemplate, podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { releaseOf } from '../lib/policy/releases.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt, textAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';
import { flagFile, WHOLE } from './flag-examples.ts';

/** A hash (as Tidegate's, or kustomize's of ten letters) or a number at the end of a name. */
const BY_CONTENT = /-(?:v?\d+|[0-9a-f]{6,64}|[bcdfghkmt2456789]{10})$/;

const configMap = (name: string, more = '') => `---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: shop
${more}data:
  greeting: hello
`;
const using = (name: string, more = '') => deployment({ container: `envFrom:\n  - configMapRef:\n      name: ${name}\n${more}` });
const FLAGS = `---\n${flagFile({ 'new-ranking': WHOLE })}`;
const NAME = '/spec/template/spec/containers/0/envFrom/0/configMapRef/name';

export const configVersioned: Rule = {
  id: 'config-versioned',
  holds: 'ConfigMaps that a revision uses are immutable, named by their content, and still there',
  severity: 'error',
  kinds: SERVING,
  why: 'A ConfigMap that changes in place changes stable as well, without analysis and at once, and a rollback brings back the program but not its configuration. Secrets and what is outside of the set cannot be judged and are only named. Feature flags are there to change.',
  fix: 'Set immutable: true and put a hash of the content into the name, as Tidegate and kustomize do; keep the old one while a revision uses it.',
  examples: [
    { title: 'a ConfigMap that may change', yaml: using('settings') + configMap('settings'), finds: [NAME] },
    { title: 'immutable, but not named by content', yaml: using('settings') + configMap('settings', 'immutable: true\n'), finds: [NAME] },
    { title: 'what is not in the set is unverified', yaml: using('settings-7381987a'), finds: [NAME] },
    {
      title: 'immutable and named by its content',
      yaml: using('settings-7381987a') + configMap('settings-7381987a', 'immutable: true\n'),
      finds: [],
    },
    { title: 'feature flags, which are there to change', yaml: using('web-flags') + FLAGS, finds: [] },
    { title: 'it may be absent, and the program knows', yaml: using('settings', '      optional: true'), finds: [] },
  ],
  *check(entry, context) {
    const template = podTemplateOf(entry);
    // Flagger copies ConfigMaps for its primary, so that they may change.
    if (!template || !context.releases.includes(entry) || context.releases.controllerOf(entry)?.kind === CANARY) return;
    for (const reference of referencesOf(template)) yield* judge(reference, entry, context);
  },
};

function* judge({ kind, name, path, optional }: ConfigReference, entry: Entry, { set, isExternal }: Context): Iterable<Complaint> {
  const { namespace } = entry.id;
  if (optional || isExternal(kind, namespace, name)) return;
  if (kind === 'Secret') {
    yield { path, message: `uses Secret '${name}', whose content is no part of the revision.`, severity: 'info', help: SECRET };
    return;
  }
  const found = set.find({ kind, namespace, name }, entry);
  if (!found) {
    const dropped = releaseOf(entry) !== null && name.startsWith(`${releaseOf(entry)}-`) && BY_CONTENT.test(name);
    yield dropped
      ? { path, message: `uses ConfigMap '${name}' of its release, which is not in the set: its pods cannot start.` }
      : { path, message: `uses ConfigMap '${name}', which is not in the set: unverified.`, severity: 'info' };
  } else if (flagsOf(found).length > 0) return;
  else if (at(found.value, 'immutable') !== true)
    yield { path, message: `uses ConfigMap '${name}', which is not immutable: a change of it reaches stable at once.` };
  else if (!BY_CONTENT.test(name))
    yield { path, message: `uses ConfigMap '${name}', whose name says nothing of its content.`, severity: 'warning' };
}

const SECRET = 'Nothing to do where it is rotated on purpose; otherwise name it by its content.';

interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** Path of the name in the object. */
  readonly path: readonly string[];
  readonly optional: boolean;
}

function* referencesOf({ spec, path, containers }: PodTemplate): Iterable<ConfigReference> {
  for (const [index, volume] of indexed(listAt(spec, 'volumes'))) {
    const place = [...path, 'volumes', String(index)];
    yield* named('ConfigMap', volume, ['configMap'], place);
    yield* named('Secret', volume, ['secret'], place, 'secretName');
    for (const [part, source] of indexed(listAt(volume, 'projected', 'sources'))) {
      yield* named('ConfigMap', source, ['configMap'], [...place, 'projected', 'sources', String(part)]);
      yield* named('Secret', source, ['secret'], [...place, 'projected', 'sources', String(part)]);
    }
  }
  for (const container of containers) {
    for (const [index, source] of indexed(listAt(container.value, 'envFrom'))) {
      yield* named('ConfigMap', source, ['configMapRef'], [...container.path, 'envFrom', String(index)]);
      yield* named('Secret', source, ['secretRef'], [...container.path, 'envFrom', String(index)]);
    }
    for (const [index, variable] of indexed(listAt(container.value, 'env'))) {
      yield* named('ConfigMap', variable, ['valueFrom', 'configMapKeyRef'], [...container.path, 'env', String(index)]);
      yield* named('Secret', variable, ['valueFrom', 'secretKeyRef'], [...container.path, 'env', String(index)]);
    }
  }
}

function* named(
  kind: ConfigReference['kind'],
  holder: unknown,
  field: readonly string[],
  place: readonly string[],
  key = 'name',
): Iterable<ConfigReference> {
  const name = textAt(holder, ...field, key);
  if (name !== null) yield { kind, name, path: [...place, ...field, key], optional: at(holder, ...field, 'optional') === true };
}
