import type { EnvValue } from '../../intent/workload.ts';

/** Name of the versioned ConfigMap of an intent's `config`, or null where the intent has none of that name. */
export type ConfigNames = (config: string) => string | null;

/**
 * Environment variables as a list that does not depend on the order in which they were written: by name, but after
 * the variables that their text refers to as `$(NAME)`, which Kubernetes resolves from the top down.
 */
export function environment(env: Readonly<Record<string, EnvValue>>, configNames: ConfigNames): object[] {
  return inOrder(env).map(([name, value]) => {
    if (typeof value === 'string') return { name, value };
    return { name, valueFrom: source(value, configNames) };
  });
}

/** Text that Kubernetes passes on as it is, where `$(NAME)` and `$$` in arguments and values would be expanded. */
export const verbatim = (text: string): string => text.replace(/\$(?=[$(])/g, '$$$$');

function source(value: Exclude<EnvValue, string>, configNames: ConfigNames): object {
  if ('secret' in value) {
    const { secret, key, optional } = value;
    return { secretKeyRef: { name: secret, key, ...(optional === undefined ? {} : { optional }) } };
  }
  if ('config' in value) return { configMapKeyRef: { name: configNames(value.config) ?? value.config, key: value.key } };
  return { fieldRef: { fieldPath: value.field } };
}

function inOrder(env: Readonly<Record<string, EnvValue>>): [string, EnvValue][] {
  const ordered = new Map<string, EnvValue>();
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined || visiting.has(name)) return;
    visiting.add(name);
    if (typeof value === 'string') for (const [, referred = ''] of value.matchAll(/\$\(([^)]+)\)/g)) visit(referred);
    ordered.set(name, value);
  };
  for (const name of Object.keys(env).sort()) visit(name);
  return [...ordered];
}
