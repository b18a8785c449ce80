import { type Command, formatOption, type Invocation, textOption, UsageError } from './command.ts';
import { commitApproval } from './operator/commit-approval.ts';
import { decideApproval } from './operator/decide.ts';
import { lockOf, type Where } from './operator/locked.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, SPEAKER_HELP, SPEAKER_OPTIONS, whereOf } from './operator/options.ts';
import { person, reason } from './operator/person.ts';
import { refuse, say, timeOf } from './operator/say.ts';
import { type Signing, signingWith } from './operator/sign.ts';

export const approve: Command = {
  name: 'approve',
  summary: 'let a release pass a step that waits for a person',
  help: `Usage: tidegate approve RELEASE [APPROVAL] [--git | --cluster] [--sign KEY] [--reason TEXT] [--by NAME] [OPTIONS]

Approves one step of the plan in flight, and no other plan. Without APPROVAL, the step that the release waits for.

With --cluster (default) the word goes into ConfigMap RELEASE-operator, and who may write that may approve. With --git it
goes into approvals.yaml, for the plan in the lock: whoever merges it approves, and \`tidegate synth\` renders it. Either
counts only when it comes while the release waits for it, and its gates have passed in the last 15 minutes; one that comes before, or has counted before, is void. Of a release of high risk, --git alone.

Where tidegate.yaml says who may sign, neither counts without --sign: the approval is shown, and signed by ssh-keygen for
this plan and no other, once the release waits for it. KEY is the file of a private key, or of a public key whose private half ssh-agent has.

Options:
  --cluster              say it to the cluster (default)
  --git                  add it to approvals.yaml
  --sign KEY             sign it with this SSH key, in the name of its owner
${SPEAKER_HELP}
${CLUSTER_HELP}
  --format text|json     text (default) or JSON

Exit code 1: there is nothing to approve now.

Examples:
  tidegate approve web --reason "dashboards are calm"
  tidegate approve web promote --git --by alice@example.com
  tidegate approve web --git --sign ~/.ssh/id_ed25519
`,
  options: { ...CLUSTER_OPTIONS, ...SPEAKER_OPTIONS, cluster: { type: 'boolean' }, git: { type: 'boolean' }, sign: { type: 'string' } },
  async run(invocation) {
    const where = whereOf(invocation, 'approve', 1);
    const approval = invocation.positionals[1] ?? null;
    formatOption(invocation, ['text', 'json']);
    const signing = signingWith(textOption(invocation, 'sign'), textOption(invocation, 'by'), invocation.io);
    if (invocation.values.git !== true)
      return say('approve', where, invocation, (flight, words) => decideApproval(flight, approval, words, signing));
    if (invocation.values.cluster === true) throw new UsageError('--git and --cluster are two ways to say it; give one');
    return inGit(where, approval, signing, invocation);
  },
};

function inGit(where: Where, wanted: string | null, signing: Signing, invocation: Invocation): number {
  for (const name of ['kubeconfig', 'context'])
    if (textOption(invocation, name) !== null) throw new UsageError(`--git asks no cluster, so --${name} means nothing to it`);
  const words = {
    by: person(textOption(invocation, 'by'), null),
    at: timeOf(Date.now()),
    reason: reason(textOption(invocation, 'reason')),
  };
  const lock = lockOf(where);
  const { release, namespace, target } = lock;
  const committed = commitApproval(lock, wanted, words, signing);
  const told = { version: 1, command: 'approve', release, namespace, target, plan: lock.inFlight?.hash ?? null };
  if ('refused' in committed) return refuse(committed.refused, told, invocation);
  const { approval, plan, by } = committed.entry;
  const signed = committed.entry.signature === undefined ? '' : ' So is what was signed more than 5 minutes before.';
  const next = `\`tidegate synth\` renders it; commit approvals.yaml with dist/, and merge it once the release waits for it: what comes before is approved unseen, and void.${signed}`;
  if (invocation.values.format === 'json')
    invocation.io.out(`${JSON.stringify({ ...told, approval, ...words, by, refused: null, next }, null, 2)}\n`);
  else invocation.io.out(`approved '${approval}' of ${release}, plan ${plan}, by ${by}, target ${target}: approvals.yaml\n`);
  if (committed.again !== null)
    invocation.io.err(`\n${by} has approved it in approvals.yaml:${committed.again} before; one person counts once in each attempt.\n`);
  invocation.io.err(`\nNext: ${next}\n`);
  return 0;
}
