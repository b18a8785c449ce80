import { APPROVALS_SCHEMA } from '../intent/approvals.ts';
import { DOCUMENT_SCHEMA, KIND, KINDS } from '../intent/document.ts';
import { IMAGES_SCHEMA } from '../intent/images.ts';
import { PROJECT_SCHEMA } from '../intent/read-project.ts';
import { knownKinds, schemaOf } from '../schema/kinds.ts';
import { nearest } from '../schema/nearest.ts';
import { type Command, UsageError } from './command.ts';

/** What people write, by the name under which they know it. */
const OWN: Readonly<Record<string, object>> = {
  // A file may hold several kinds, so that editors need one schema of all.
  ...Object.fromEntries(KINDS.map((kind) => [kind, DOCUMENT_SCHEMA])),
  'tidegate.yaml': PROJECT_SCHEMA,
  'images.yaml': IMAGES_SCHEMA,
  'approvals.yaml': APPROVALS_SCHEMA,
};

export const schema: Command = {
  name: 'schema',
  summary: 'print the JSON Schema of an intent or another kind',
  help: `Usage: tidegate schema [KIND]

Prints the JSON Schema (draft 7) that synth and lint check with, for editors and other programs. KIND is ${Object.keys(OWN).join(', ')},
or a kind of Kubernetes and its extensions, with its version where it has several. Without KIND: ${KIND}.

Examples:
  tidegate schema > charts/release-intent.schema.json
  tidegate schema tidegate.yaml
  tidegate schema networking.istio.io/v1/VirtualService
`,
  options: {},
  async run({ positionals, io }) {
    const [kind = KIND, ...more] = positionals;
    if (more.length > 0) throw new UsageError('schema takes one kind: tidegate schema [KIND]');
    io.out(`${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schemaFor(kind) }, null, 2)}\n`);
    return 0;
  },
};

function schemaFor(kind: string): object {
  if (Object.hasOwn(OWN, kind)) return OWN[kind] ?? {};
  const known = knownKinds();
  const [found, ...others] = known.filter((one) => one === kind || one.endsWith(`/${kind}`));
  if (others.length > 0) throw new UsageError(`${kind} has several versions; name one of ${[found, ...others].join(', ')}`);
  const end = found?.lastIndexOf('/') ?? -1;
  const schema = found === undefined ? null : schemaOf(found.slice(0, end), found.slice(end + 1));
  if (schema) return schema;
  const meant = nearest(kind, [...Object.keys(OWN), ...known.flatMap((one) => [one, one.slice(one.lastIndexOf('/') + 1)])]);
  throw new UsageError(
    `there is no schema of '${kind}'${meant ? `; did you mean '${meant}'?` : `; there are ${[...Object.keys(OWN), ...known].join(', ')}`}`,
  );
}
