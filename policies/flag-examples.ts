// Flags of examples, as flagd reads them.

export interface ExampleFlag {
  readonly owner?: string;
  readonly created?: string;
  readonly expires?: string;
}

export const WHOLE: ExampleFlag = { owner: 'team-search@example.com', created: '2026-01-05', expires: '2026-03-31' };

const defined = (metadata: ExampleFlag): object => ({
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
  metadata,
});

/** A ConfigMap with flags of the release `web`. */
export function flagFile(flags: Readonly<Record<string, ExampleFlag>>, layout?: 'on one line'): string {
  const file = { flags: Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, defined(flag)])) };
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: web-flags
  namespace: shop
  labels:
    tidegate.dev/release: web
data:
  flags.json: |
${JSON.stringify(file, null, layout === undefined ? 2 : 0).replaceAll(/^/gm, '    ')}
`;
}

/** Path of the flags in it. */
export const FLAG_FILE = '/data/flags.json';

/** The same for OpenFeature's operator. */
export const flagObject = (name: string, metadata: ExampleFlag): string => `apiVersion: core.openfeature.dev/v1beta1
kind: FeatureFlag
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  flagSpec:
    flags:
      ${name}:
        state: ENABLED
        variants:
          "on": true
          "off": false
        defaultVariant: "off"
        metadata:
${Object.entries(metadata)
  .map(([field, value]) => `          ${field}: ${value}\n`)
  .join('')}`;
