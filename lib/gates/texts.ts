/**
 * The same plain data with every text changed; keys, numbers and nulls stay.
 * @param change gets each text and its path, such as `provider.job.args[0]`
 */
export function mapTexts<T>(data: T, change: (text: string, path: string) => string, path = ''): T {
  // The shape stays and a text stays a text, which the compiler cannot see through the recursion.
  return mapValue(data, change, path) as T;
}

function mapValue(value: unknown, change: (text: string, path: string) => string, path: string): unknown {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapValue(item, change, `${path}[${index}]`));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapValue(item, change, path === '' ? key : `${path}.${key}`)]),
  );
}
