import { toYaml } from '../output/yaml.ts';
import { customResourceDefinitions } from '../schema/crd.ts';
import { type Command, formatOption, UsageError } from './command.ts';

export const crds: Command = {
  name: 'crds',
  summary: 'print definitions of AnalysisTemplate for clusters that lack them',
  help: `Usage: tidegate crds [--format yaml|json]

Prints CustomResourceDefinitions of AnalysisTemplate and ClusterAnalysisTemplate, generated from the schemas by which
Tidegate checks them. For clusters without Argo Rollouts whose people want to read the gates of a release there; the
runner does not need them. Without the definitions, \`analysisTemplates: inline\` of the target in tidegate.yaml leaves
the objects out.

Options:
  --format yaml|json     YAML documents (default), or one List as JSON

Examples:
  tidegate crds | kubectl apply --server-side -f -
`,
  options: { format: { type: 'string' } },
  async run(invocation) {
    if (invocation.positionals.length > 0) throw new UsageError(`crds takes no '${invocation.positionals[0]}'`);
    const items = customResourceDefinitions();
    if (formatOption(invocation, ['yaml', 'json']) === 'json')
      invocation.io.out(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`);
    else invocation.io.out(items.map(toYaml).join('---\n'));
    return 0;
  },
};
