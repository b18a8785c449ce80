import { DEFAULT_OUT } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { Git } from '../gitops/git.ts';
import { PROFILES } from '../gitops/profile/profile.ts';
import { readLock } from '../lock/read.ts';
import { toYaml } from '../output/yaml.ts';
import { type Command, formatOption, type Invocation, textOption, textOptions, UsageError } from './command.ts';

export const gitops: Command = {
  name: 'gitops',
  summary: 'print what makes Argo CD or Flux apply dist/ as releases need it',
  help: `Usage: tidegate gitops [--target T]... [--repo URL] [--branch NAME] [--out DIR] [--format yaml|json]

Prints an Application of Argo CD, or a Kustomization of Flux with its source, for each target: whichever \`gitops.tool\` of
tidegate.yaml says. They leave the weights of a release in flight alone as far as the tool can, and nothing else; what is
ignored follows from the routers of the releases, so run it again when one is added. Name, project, cluster and
credentials are yours to change; \`tidegate lint\` tells when a setting that matters is lost (gitops-ignores-weights).

Options:
  --target T             only this target; may be given several times
  --repo URL             the repository, as the tool reaches it (default the remote origin)
  --branch NAME          the branch that it applies (default origin's default branch, else main)
  --out DIR              folder of the manifests (default ${DEFAULT_OUT})
  --format yaml|json     YAML documents (default), or one List as JSON

Examples:
  tidegate gitops > application.yaml
  tidegate gitops --target production --repo https://git.example.com/shop/releases.git
`,
  options: {
    branch: { type: 'string' },
    format: { type: 'string' },
    out: { type: 'string' },
    repo: { type: 'string' },
    target: { type: 'string', multiple: true },
  },
  async run(invocation) {
    if (invocation.positionals.length > 0) throw new UsageError(`gitops takes no '${invocation.positionals[0]}'`);
    const format = formatOption(invocation, ['yaml', 'json']);
    const targets = textOptions(invocation, 'target');
    const project = new Project(targets.length > 0 ? { targets } : {});
    const { tool } = project.config.gitops;
    if (tool === 'none')
      throw new UsageError('no GitOps tool is configured: write `gitops: { tool: argocd }` or `flux` into tidegate.yaml');
    const place = placeOf(invocation, project);
    const items = project.targets.flatMap((target) => {
      const keys = project.lockKeys().filter((key) => key.target === target);
      const locks = keys.map((key) => readLock(project.lockText(key) ?? '', key));
      return PROFILES[tool]({ target, ...place, path: `${place.folder}/${target}`, locks });
    });
    if (format === 'json') invocation.io.out(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`);
    else invocation.io.out(items.map(toYaml).join('---\n'));
    return 0;
  },
};

/** @throws UsageError where nobody says what the repository is called */
function placeOf(invocation: Invocation, { directory }: Project): { repository: string; branch: string; folder: string } {
  const git = Git.at(directory);
  const repository = textOption(invocation, 'repo') ?? git?.try('remote', 'get-url', 'origin') ?? null;
  if (repository === null) throw new UsageError('git has no remote origin here: give --repo URL');
  const head = git?.try('symbolic-ref', '--short', 'refs/remotes/origin/HEAD')?.replace(/^origin\//, '');
  const out = (textOption(invocation, 'out') ?? DEFAULT_OUT).replace(/^\.\/|\/+$/g, '');
  return {
    repository,
    branch: textOption(invocation, 'branch') ?? head ?? 'main',
    folder: `${git?.try('rev-parse', '--show-prefix') ?? ''}${out}`,
  };
}
