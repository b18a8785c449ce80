// Every page of docs/reference that is made from code, by its path in the repository.
import { stringify } from 'yaml';
import { run } from '../../lib/cli/run.ts';
import { addApproval, type WrittenApproval } from '../../lib/intent/approvals.ts';
import type { WrittenImages } from '../../lib/intent/images.ts';
import { readProject } from '../../lib/intent/read-project.ts';
import { METRICS } from '../../lib/runner/parts/metrics.ts';
import { type Declaration, declarationsOf, exportsOf, INTENT } from './declarations.ts';
import { rulePages } from './rules.ts';
import { anchor, describe, GENERATED, type Links } from './tables.ts';

const PLAN = ['plan/plan', 'gates/gate', 'intent/resolved', 'intent/traffic'].map((name) => `lib/${name}.ts`);

export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const intent = types(INTENT);
  return new Map([
    ['docs/reference/intent.md', intentPage(intent)],
    ['docs/reference/gates.md', gatesPage(linksTo(intent, 'intent.md'))],
    ['docs/reference/plan.md', planPage()],
    ['docs/reference/lock.md', lockPage()],
    ['docs/reference/tidegate-yaml.md', projectPage()],
    ['docs/reference/approvals-yaml.md', approvalsPage()],
    ['docs/reference/images-yaml.md', imagesPage()],
    ['docs/reference/metrics.md', metricsPage()],
    ['docs/reference/cli.md', await cliPage()],
    ...rulePages(),
  ]);
}

const types = (files: readonly string[]) => declarationsOf(files).filter(({ kind }) => kind !== 'function');
const linksTo = (declarations: readonly Declaration[], page = ''): Links =>
  Object.fromEntries(declarations.map(({ name, doc }) => [name, { address: `${page}${anchor(name)}`, text: doc.text }]));
const page = (...parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

function intentPage(declarations: readonly Declaration[]): string {
  const shown = reachable(declarations, 'ReleaseIntent');
  return page(
    GENERATED('the types of lib/intent'),
    '# The intent',
    "What `new Release(chart, 'web', intent)` takes. A duration is written `'90s'`, `'5m'` or `'1h30m'`, or built with `seconds`, `minutes`, `hours` from `tidegate`. An unknown field is an error. The same as JSON Schema: [lib/intent/intent.schema.json](../../lib/intent/intent.schema.json).",
    ...shown.map((declaration) => describe(declaration, linksTo(shown))),
  );
}

function gatesPage(intent: Links): string {
  const modules = exportsOf('templates/index.ts');
  const exported = new Set(modules.flatMap(({ names }) => names));
  const declarations = declarationsOf(modules.map(({ file }) => file)).filter(({ name }) => exported.has(name));
  const links = { ...intent, ...linksTo(declarations) };
  return page(
    GENERATED('templates'),
    '# Shared gates and smoke tests',
    "Imported from `tidegate/templates`. A gate is plain data ([`Gate`](intent.md#gate)); each function here fills one in. What a gate holds is the [plan's](plan.md#plangate); how it is judged in the cluster is in [what the runner may do](../explanation/runner.md#how-it-judges).",
    ...withTheirOptions(declarations).map(([declaration, heading]) => describe(declaration, links, heading)),
  );
}

/** Each function with its options below it; then what several have in common. */
function withTheirOptions(declarations: readonly Declaration[]): readonly (readonly [Declaration, heading: string])[] {
  const functions = declarations.filter((declaration) => declaration.kind === 'function');
  const optionsOf = ({ types }: (typeof functions)[number]) => declarations.filter(({ name }) => types.includes(name));
  const told = functions.flatMap((declaration) => [
    [declaration, '##'] as const,
    ...optionsOf(declaration).map((options) => [options, '###'] as const),
  ]);
  return [...told, ...declarations.filter((one) => !told.some(([other]) => other === one)).map((one) => [one, '##'] as const)];
}

function planPage(): string {
  const declarations = reachable(types(PLAN), 'Plan');
  return page(
    GENERATED('lib/plan/plan.ts and the types that it uses'),
    '# The plan',
    'ConfigMap `<release>-plan-<hash>`, immutable, key `plan.json`: the plan below and its `hash`. The lock carries the same under `inFlight.plan`. `tidegate plan RELEASE --format json` prints a view of it for programs: `steps` with `index`, `kind` and `exposure`, and beside them what follows from the plan, such as start and end of each step, `duration`, `levels` and `windows`.',
    'The runner in the cluster walks every kind of step.',
    ...declarations.map((declaration) => describe(declaration, linksTo(declarations))),
  );
}

function lockPage(): string {
  const declarations = types(['lib/lock/lock.ts']);
  const links = { ...linksTo(declarations), Plan: { address: 'plan.md#plan', text: '' } };
  return page(
    GENERATED('lib/lock/lock.ts'),
    '# The lock',
    'File `lock/<target>/<namespace>/<release>.yaml`, written by `tidegate synth` and `tidegate record`, committed, never edited. Its JSON Schema is [lib/lock/lock.schema.json](../../lib/lock/lock.schema.json). A lock is refused as a whole when its path, the hash of a revision or the hash of the plan contradicts its content.',
    ...declarations.map((declaration) => describe(declaration, links)),
  );
}

function projectPage(): string {
  const declarations = types(['lib/intent/project.ts', 'lib/intent/policy-config.ts']).filter(({ name }) => name !== 'WrittenPolicy');
  return page(
    GENERATED('lib/intent/project.ts and lib/intent/read-project.ts'),
    '# tidegate.yaml',
    'Everything about a repository that is not one release. The file and every key may be left out; an unknown key is an error with its line. With no file, these values hold:',
    `\`\`\`yaml\n${stringify(readProject(null), { lineWidth: 0 })}\`\`\``,
    '`gitops.managers` follows `gitops.tool` where it is not written.',
    ...declarations.map((declaration) => describe(declaration, linksTo(declarations))),
  );
}

function metricsPage(): string {
  const rows = METRICS.map(({ name, type, help, labels = [] }) => {
    const full = `tidegate_runner_${name}${type === 'counter' ? '_total' : ''}`;
    return `| \`${full}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
  });
  return page(
    GENERATED('lib/runner/parts/metrics.ts'),
    "# The runner's metrics",
    "Served at `/metrics` on port 9464 of the runner's pod. Every sample has the labels `release` and `release_namespace` beside those of its row. Times are seconds since 1970, weights percent of requests. What is not known, or is not so, is absent. See [measure releases and be called](../how-to/alerts.md).",
    ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  );
}

function approvalsPage(): string {
  const declarations = types(['lib/intent/approvals.ts']).filter(({ name }) => name === 'WrittenApproval');
  const example: WrittenApproval = {
    release: 'web',
    namespace: 'shop',
    target: 'production',
    plan: '5e0ad6f1',
    approval: 'promote',
    by: 'alice@example.com',
    at: '2026-01-05T09:00:00Z',
    reason: 'dashboards are calm',
  };
  return page(
    GENERATED('lib/intent/approvals.ts'),
    '# approvals.yaml',
    'Approvals that Git holds: written by `tidegate approve --git` or by hand, given by whoever merges them. `tidegate synth` renders those of plans in flight as ConfigMap `<release>-approvals`, where the runner reads them; entries of other plans are kept and ignored, and may be deleted. One that is there before the release waits for it is approved unseen, and void: merge it once the release waits. An unknown key is an error with its line, and so is an entry that names a plan in flight and contradicts it.',
    `\`\`\`yaml\n${addApproval(null, example)}\`\`\``,
    ...declarations.map((declaration) => describe(declaration, linksTo(declarations))),
  );
}

function imagesPage(): string {
  const declarations = types(['lib/intent/images.ts']).filter(({ name }) => name === 'WrittenImages');
  const image = (tag: string, digit: string) => `registry.example.com/shop/web:${tag}@sha256:${digit.repeat(64)}`;
  const example: WrittenImages = { images: { web: image('2.14.0', '5') }, targets: { staging: { web: image('2.15.0', '6') } } };
  return page(
    GENERATED('lib/intent/images.ts'),
    '# images.yaml',
    'Images of releases that leave the digest out of their intent: changed by bots and by `tidegate set-image`. The intent names the repository, and may name the tag; the line has the digest, and the tag where the intent has none. An unknown key is an error with its line, and so is a line that changes nothing or contradicts the intent. See [let bots change digests](../how-to/images.md).',
    `\`\`\`yaml\n${stringify(example, { lineWidth: 0 })}\`\`\``,
    ...declarations.map((declaration) => describe(declaration, linksTo(declarations))),
  );
}

/** Each command's own help, as a user sees it. */
async function cliPage(): Promise<string> {
  const overview = await printed('--help');
  const commands = [...(overview.split('Commands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}([\w-]+)/gm)].map(([, name = '']) => name);
  const sections = await Promise.all(
    commands.map(async (name) => `## tidegate ${name}\n\n\`\`\`text\n${await printed(name, '--help')}\`\`\``),
  );
  return page(GENERATED("each command's help"), '# The command line', `\`\`\`text\n${overview}\`\`\``, ...sections);
}

async function printed(...args: readonly string[]): Promise<string> {
  let text = '';
  const io = {
    out: (part: string) => {
      text += part;
    },
    err: () => {},
    color: false,
  };
  await run(args, io, () => {});
  return text;
}

/** The declaration and all that it is made of, in the order in which a reader meets them. */
function reachable(declarations: readonly Declaration[], root: string): readonly Declaration[] {
  const found: Declaration[] = [];
  const visit = (name: string): void => {
    const declaration = declarations.find((other) => other.name === name);
    if (!declaration || found.includes(declaration)) return;
    found.push(declaration);
    for (const used of JSON.stringify(declaration).match(/\b[A-Z]\w+\b/g) ?? []) visit(used);
  };
  visit(root);
  return found;
}
