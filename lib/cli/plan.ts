import { planOf } from '../constructs/compile.ts';
import { DEFAULT_APP } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { synthesize } from '../constructs/synthesize.ts';
import { untriedTests } from '../lock/rollback.ts';
import { PLAN_VIEWS } from '../plan/views.ts';
import { type Command, formatOption, textOption, UsageError } from './command.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show the steps of a release',
  help: `Usage: tidegate plan RELEASE [--format text|json|markdown|svg] [--target T] [--app FILE]

Shows the plan of a release in flight: its steps, exposure over time, gates, approvals, how long it takes and what
each window can detect. At rest: the plan that the next release would have. Reads; writes nothing.

Options:
  --format text|json|markdown|svg  text (default); markdown is ready for a pull request, svg draws exposure over time
  --target T                       the target, where the project has several
  --app FILE                       the cdk8s program (default ${DEFAULT_APP})

Examples:
  tidegate plan web
  tidegate plan web --format markdown > plan.md
  tidegate plan web --format svg > plan.svg
`,
  options: { format: { type: 'string' }, target: { type: 'string' }, app: { type: 'string' } },
  async run(invocation) {
    const [release, ...more] = invocation.positionals;
    if (release === undefined || more.length > 0) throw new UsageError('plan takes one release: tidegate plan RELEASE');
    const format = formatOption(invocation, ['text', 'json', 'markdown', 'svg']);
    const target = textOption(invocation, 'target');
    const project = new Project(target === null ? {} : { targets: [target] });
    const { releases } = await synthesize(textOption(invocation, 'app') ?? DEFAULT_APP, project, [release]);
    const [found, another] = releases;
    if (!found || another)
      throw new UsageError(`release '${release}' is on several targets; name one of ${project.targets.join(', ')} with --target`);
    const { plan, hash, inFlight } = planOf(found.lock, { target: found.target, project: project.config, code: project.code });
    if (!inFlight) invocation.io.err(`${release} is at rest: this is the plan that its next release would have.\n`);
    const untried = untriedTests(found.lock);
    if (untried) invocation.io.err(`${untried.words}\n`);
    invocation.io.out(PLAN_VIEWS[format](plan, hash, { color: invocation.io.color }));
    return 0;
  },
};
