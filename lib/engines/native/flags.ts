import type { ResolvedFlag, ResolvedIntent } from '../../intent/resolved.ts';
import type { KubeObject } from '../../schema/index.ts';
import { type Owner, releaseMeta } from './metadata.ts';
import { names } from './names.ts';

/**
 * The release's flags as flagd and OpenFeature's providers read them; no object where there are none. Neither named by its
 * content nor immutable: a flag reaches the pods that run, without a release.
 * @see https://flagd.dev/reference/flag-definitions/
 */
export function flagsConfigMap({ flags = [], remedies }: ResolvedIntent, owner: Owner): readonly KubeObject[] {
  if (flags.length === 0) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: releaseMeta(owner, names.flags(owner.release)),
      data: {
        'flags.json': fileOf(Object.fromEntries(flags.map((flag) => [flag.name, definition(flag)]))),
        // A flagd does not start without a file that it is told to read: the runner's own takes its place.
        ...(remedies?.flagOff ? { 'flags-off.json': fileOf({}) } : {}),
      },
    },
  ];
}

const fileOf = (flags: object): string => `${JSON.stringify({ $schema: 'https://flagd.dev/schema/v0/flags.json', flags }, null, 2)}\n`;

/** At 0 and 100 there is nothing to split, and a caller who names no user gets the same answer as all others. */
function definition({ owner, created, expires, description, percent }: ResolvedFlag): object {
  const split = percent > 0 && percent < 100;
  return {
    state: 'ENABLED',
    variants: { on: true, off: false },
    defaultVariant: percent === 100 ? 'on' : 'off',
    ...(split
      ? {
          targeting: {
            fractional: [
              ['on', percent],
              ['off', 100 - percent],
            ],
          },
        }
      : {}),
    metadata: { owner, created, expires, ...(description === '' ? {} : { description }) },
  };
}
