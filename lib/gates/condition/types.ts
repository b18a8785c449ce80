/**
 * What is known of a value before it is computed: `any`, `nil`, `bool`, `int`, `float`, `string`, `map`, or a list of
 * one of these such as `float[]`. Of `any` nothing is known.
 */
export type Type = string;

export const isList = (type: Type): boolean => type.endsWith('[]');
/** Of anything but a list nothing is known. */
export const elementOf = (type: Type): Type => (isList(type) ? type.slice(0, -2) : 'any');
export const isNumber = (type: Type): boolean => type === 'int' || type === 'float';

/** Whether a value of this type may be what is wanted: a type, `number`, `list`, or `any`. */
export function fits(type: Type, wanted: Type): boolean {
  if (type === 'any' || wanted === 'any' || type === wanted) return true;
  return wanted === 'number' ? isNumber(type) : wanted === 'list' && isList(type);
}

export function areComparable(left: Type, right: Type): boolean {
  return (
    left === 'nil' || right === 'nil' || fits(left, right) || fits(right, left) || [isNumber, isList].some((is) => is(left) && is(right))
  );
}

/** The type that stands for all of them. */
export function commonOf(types: readonly Type[]): Type {
  const [first = 'any'] = types;
  if (types.every((type) => type === first)) return first;
  return types.every(isNumber) ? 'float' : 'any';
}

/** The type of a list of these: Go's kinds decide, and to it all lists are of one. */
export function listOf(types: readonly Type[]): Type {
  const kinds = new Set(types.map((type) => (isList(type) ? 'list' : type)));
  return `${kinds.size === 1 ? types.at(-1) : 'any'}[]`;
}
