// Reduces what ajv says about one mistake to the one error that names it.
import type { ErrorObject } from 'ajv';
import { nearest } from './nearest.ts';

/**
 * ajv reports every branch of an `anyOf` or `oneOf` that did not match, then the union itself; a wrong type beside a wrong
 * value; a misspelt field as one unknown and one missing. Kept here: the errors of the branch that was meant, else the
 * union alone; the type; the unknown field.
 */
export function reduceErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (const error of errors) {
    // Both only say that errors, reported already, are there.
    if (error.keyword === 'if' || error.keyword === 'propertyNames') continue;
    if (error.keyword === 'anyOf' || error.keyword === 'oneOf') kept.push(...reduceUnion(error, takeBranchErrors(kept, error)));
    else kept.push(error);
  }
  return withoutMisspelt(withoutShadowed(kept));
}

/** The errors of a union's branches directly precede its own. */
function takeBranchErrors(kept: ErrorObject[], union: ErrorObject): readonly ErrorObject[] {
  const holder = union.schemaPath.slice(0, union.schemaPath.lastIndexOf('/') + 1);
  // Behind a reference the path of an error no longer tells where it came from.
  const refers = JSON.stringify(union.schema).includes('"$ref"');
  let start = kept.length;
  while (start > 0) {
    const error = kept[start - 1];
    if (!error || !isWithin(error.instancePath, union.instancePath)) break;
    const outside = !error.schemaPath.startsWith(`${union.schemaPath}/`);
    if (outside && (!refers || error.schemaPath.startsWith(holder))) break;
    start--;
  }
  return kept.splice(start);
}

const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

function reduceUnion(union: ErrorObject, inside: readonly ErrorObject[]): readonly ErrorObject[] {
  const branches = Array.isArray(union.schema) ? union.schema : [];
  const keys = exclusiveKeys(branches);
  if (keys) {
    const present = keys.filter((key) => key in Object(union.data));
    return [{ ...union, keyword: 'exclusiveKeys', params: { keys, present } }];
  }
  const passing = union.params.passingSchemas;
  if (Array.isArray(passing)) return [union];

  const candidates = groupByBranch(union, branches, inside).filter((group) => group.length > 0);
  const meant = onlyIfSmallest(withoutOtherKinds(candidates, union.instancePath));
  return meant ?? [union];
}

/** Keys of which a `oneOf` of `required` allows one only (Istio and Gateway API write their unions so). */
function exclusiveKeys(branches: readonly unknown[]): readonly string[] | null {
  const keys: string[] = [];
  for (const branch of branches) {
    const { required, not, ...rest } = Object(branch) as { required?: unknown; not?: unknown };
    if (Object.keys(rest).length > 0) return null;
    if (Array.isArray(required) && required.length === 1) keys.push(String(required[0]));
    else if (not === undefined) return null;
  }
  return keys.length > 1 ? keys : null;
}

/** Splits errors by branch. Those behind a nested `$ref` carry no trace of it and follow their predecessor. */
function groupByBranch(union: ErrorObject, branches: readonly unknown[], inside: readonly ErrorObject[]): readonly ErrorObject[][] {
  const prefixes = branches.map((branch, index) => {
    const reference = (Object(branch) as { $ref?: unknown }).$ref;
    return typeof reference === 'string' ? [`${union.schemaPath}/${index}/`, `${reference}/`] : [`${union.schemaPath}/${index}/`];
  });
  const groups: ErrorObject[][] = branches.map(() => []);
  let current = 0;
  for (const error of inside) {
    const owner = prefixes.findIndex((own) => own.some((prefix) => error.schemaPath.startsWith(prefix)));
    if (owner >= 0) current = owner;
    groups[current]?.push(error);
  }
  return groups;
}

/** Drops branches for another type of value, and those whose discriminating field (`kind: 'job'`) has another value, if any remain. */
function withoutOtherKinds(groups: readonly ErrorObject[][], place: string): readonly ErrorObject[][] {
  const sameType = groups.filter((group) => !group.some((error) => error.keyword === 'type' && error.instancePath === place));
  const isOtherForm = (error: ErrorObject) =>
    (error.keyword === 'const' || error.keyword === 'enum') && error.instancePath.split('/').length === place.split('/').length + 1;
  const sameForm = sameType.filter((group) => !group.some(isOtherForm));
  return sameForm.length > 0 ? sameForm : sameType;
}

/** The group with fewest errors, unless another has as few. */
function onlyIfSmallest(groups: readonly ErrorObject[][]): readonly ErrorObject[] | null {
  const [smallest, next] = groups.toSorted((a, b) => a.length - b.length);
  return smallest && smallest.length !== next?.length ? smallest : null;
}

/** A value of the wrong type breaks its other rules as well. */
function withoutShadowed(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const mistyped = new Set(errors.filter((error) => error.keyword === 'type').map((error) => error.instancePath));
  return errors.filter((error) => error.keyword === 'type' || error.propertyName !== undefined || !mistyped.has(error.instancePath));
}

/** `specc` is not also a missing `spec`, nor none of the forms of which `spec` is one. */
function withoutMisspelt(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const meant = new Set<string>();
  for (const { keyword, instancePath, params, parentSchema } of errors) {
    if (keyword !== 'additionalProperties') continue;
    meant.add(`${instancePath}\n${nearest(String(params.additionalProperty), Object.keys(parentSchema?.properties ?? {}))}`);
  }
  const isMeant = (place: string, key: unknown) => meant.has(`${place}\n${key}`);
  return errors.filter(({ keyword, instancePath, params }) => {
    if (keyword === 'exclusiveKeys') return params.present.length > 0 || !params.keys.some((key: unknown) => isMeant(instancePath, key));
    return keyword !== 'required' || !isMeant(instancePath, params.missingProperty);
  });
}
