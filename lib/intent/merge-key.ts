/** The field by which entries of a list are the same thing; lists whose entries do not have it are appended. */
export const mergeKey = (list: string): string => MERGE_KEYS[list] ?? 'name';

const MERGE_KEYS: Readonly<Record<string, string>> = { volumeMounts: 'mountPath', volumeDevices: 'devicePath' };

/** Whether two entries of a list of this name are one thing. */
export function isSameEntry(one: unknown, other: unknown, list: string): boolean {
  const [key, first, second] = [mergeKey(list), Object(one), Object(other)];
  return typeof first[key] === 'string' && first[key] === second[key];
}
