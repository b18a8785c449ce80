import type { PodTemplateAddition } from '../../intent/release.ts';
import { isOwnKey } from '../../lock/labels.ts';
import { checkData } from '../../schema/check.ts';
import type { Problem } from '../../schema/index.ts';
import { schemaOf } from '../../schema/kinds.ts';
import type { WalkedKeywords, WalkedSchema } from '../../schema/matches.ts';
import { childPath, entryPath, type Fields, isFields, isSameEntry, merge } from './merge.ts';

const ROOT = 'podTemplate';

/**
 * Puts what the intent has no word for into its pod template. What is set already stays, and what Kubernetes would refuse
 * is told: both under the place in the intent, so that nothing is lost in silence.
 */
export function addToTemplate(template: Fields, addition: PodTemplateAddition, problems: Problem[]): Fields {
  if (Object.keys(addition).length === 0) return template;
  reportOwnKeys(addition, problems);
  const merged = merge(template, addition, ROOT, problems) as Fields;
  problems.push(...refused(merged, addition));
  return merged;
}

function reportOwnKeys({ metadata }: PodTemplateAddition, problems: Problem[]): void {
  for (const part of ['labels', 'annotations'] as const)
    for (const key of Object.keys(metadata?.[part] ?? {}))
      if (isOwnKey(key))
        problems.push({
          path: `${ROOT}.metadata.${part}['${key}']`,
          message: `'${key}' is written by Tidegate alone: Services and policies select pods by it.`,
          help: 'Choose another key.',
        });
}

/**
 * What a pod template may not have and the addition brought in. It is the merged template that is checked: an addition
 * alone may leave out what the intent says. The rest of the Deployment is checked where all objects are.
 */
function refused(merged: Fields, addition: PodTemplateAddition): readonly Problem[] {
  const path = (segments: readonly string[]) => placeOf(segments, merged, addition, ROOT) ?? '';
  return checkData(templateSchema(), merged, { path }).filter((problem) => problem.path !== undefined);
}

/** Where the addition has what the merged template has at `segments`; null where it has nothing there. */
function placeOf([segment, ...inner]: readonly string[], merged: unknown, addition: unknown, path: string): string | null {
  if (segment === undefined) return path;
  if (Array.isArray(merged) && Array.isArray(addition)) {
    const item: unknown = merged[Number(segment)];
    const index = addition.findIndex((own) => own === item || isSameEntry(own, item, path));
    return index < 0 ? null : placeOf(inner, item, addition[index], entryPath(path, item, index));
  }
  if (!isFields(merged) || !isFields(addition) || !Object.hasOwn(addition, segment)) return null;
  return placeOf(inner, merged[segment], addition[segment], childPath(path, segment));
}

let known: WalkedKeywords | null = null;

/** The pod template's part of a Deployment's schema; always the same object, so that ajv compiles it once. */
function templateSchema(): WalkedKeywords {
  if (known) return known;
  const deployment = schemaOf('apps/v1', 'Deployment');
  const template = property(property(deployment, 'spec'), 'template');
  if (typeof template !== 'object') throw new Error('the schema of a Deployment has no pod template; this is a bug in tidegate');
  known = { ...template, definitions: deployment?.definitions ?? {} };
  return known;
}

const property = (schema: WalkedSchema | null | undefined, name: string): WalkedSchema | undefined =>
  typeof schema === 'object' ? schema?.properties?.[name] : undefined;
