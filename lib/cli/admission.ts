import { admissionObjects } from '../engines/native/admission.ts';
import { toYaml } from '../output/yaml.ts';
import { type Command, formatOption, textOption, UsageError } from './command.ts';

export const admission: Command = {
  name: 'admission',
  summary: 'print policies by which a cluster itself refuses exposure that nobody approved',
  help: `Usage: tidegate admission [--namespaces LABEL=VALUE] [--format yaml|json]

Prints ValidatingAdmissionPolicies with their bindings, for a cluster's administrator to apply once. Whoever writes a route
of a release then cannot raise an unapproved revision above half of the requests, and can always lower it; a runner can
change weights and nothing else. They ask nothing of releases, and leave other objects alone.

Approved is the revision that annotation tidegate.dev/approved-revision of the route names; on a Service that is a route
itself, tidegate.dev/approved-from names the one before, too. Only who has the verb approve on releases.tidegate.dev, of the
route's name, may set them. No object stands for that resource: it is there to be granted. Who has every right, such as
cluster-admin or a GitOps tool with all rights, has this one.

Options:
  --namespaces L=V       only in namespaces with this label (default: in all)
  --format yaml|json     YAML documents (default), or one List as JSON

Examples:
  tidegate admission | kubectl apply --server-side -f -
  kubectl create role approvers -n shop --verb=approve --resource=releases.tidegate.dev
  kubectl annotate httproute web -n shop tidegate.dev/approved-revision=web-1a2b3c4d --overwrite
`,
  options: { format: { type: 'string' }, namespaces: { type: 'string' } },
  async run(invocation) {
    if (invocation.positionals.length > 0) throw new UsageError(`admission takes no '${invocation.positionals[0]}'`);
    const items = admissionObjects(labelsOf(textOption(invocation, 'namespaces')));
    if (formatOption(invocation, ['yaml', 'json']) === 'json')
      invocation.io.out(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`);
    else invocation.io.out(items.map(toYaml).join('---\n'));
    return 0;
  },
};

function labelsOf(text: string | null): Readonly<Record<string, string>> {
  if (text === null) return {};
  const [, name, value] = /^([\w./-]+)=([\w.-]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError(`--namespaces takes LABEL=VALUE, not '${text}'`);
  return { [name]: value };
}
