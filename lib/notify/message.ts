import type { Placeholder, ProgramEvent } from '../intent/notification.ts';
import type { ResolvedNotification } from '../intent/resolved.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { ReleaseRecord } from '../runner/report.ts';
import type { Report } from '../runner/run.ts';
import type { Happening } from './events.ts';

/** What happened, with all that a channel may say of it. */
export interface Message {
  /** The same for each attempt to bring it, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly event: ProgramEvent;
  readonly at: string;
  readonly phase: Report['phase'];
  readonly values: Readonly<Record<Placeholder, string>>;
  /** Of a release that has ended; null of every other message. */
  readonly record: ReleaseRecord | null;
}

export const TEXTS: Readonly<Record<ProgramEvent, string>> = {
  started: '{{release}} in {{namespace}}: the release of {{image}} begins, {{steps}} steps.',
  approvalNeeded:
    '{{release}} in {{namespace}} needs approval {{approval}} at {{weight}} %. {{question}}\nWho: {{approvers}}\nHow: {{command}}',
  held: '{{release}} in {{namespace}} is held at {{weight}} %: {{reason}}',
  aborted: '{{release}} in {{namespace}} is aborted, all traffic goes to stable: {{reason}}',
  promoted: '{{release}} in {{namespace}} is promoted: {{image}} serves all traffic.',
  ended: '{{release}} in {{namespace}} has ended: {{reason}}',
  stalled: '{{release}} in {{namespace}} has stalled at step {{step}} of {{steps}}, {{weight}} %: {{reason}}',
};

/** What a gate or a test said may be long, and a channel refuses what is. */
const LONGEST_REASON = 1_000;

export function messageOf(
  { event, reason, record }: Happening,
  { phase, step, weight }: Pick<Report, 'phase' | 'step' | 'weight'>,
  { plan, hash, at, id }: MessageContext,
): Message {
  const { release, namespace, target, candidate, steps } = plan;
  const now = steps[step];
  const approval = event === 'approvalNeeded' && now?.kind === 'approval' ? now : null;
  return {
    id,
    event,
    at: new Date(at).toISOString(),
    phase,
    record: record ?? null,
    values: {
      release,
      namespace,
      target,
      plan: hash,
      image: candidate.image,
      candidate: candidate.revision,
      step: String(step),
      steps: String(steps.length),
      weight: String(weight),
      reason: reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}...` : reason,
      approval: approval?.name ?? '',
      question: approval?.reason ?? '',
      count: approval === null ? '' : String(approval.count),
      approvers: approval === null ? '' : approversOf(approval, plan),
      command: approval === null ? '' : commandOf(approval, plan),
    },
  };
}

export interface MessageContext {
  readonly plan: Plan;
  readonly hash: string;
  readonly at: number;
  readonly id: string;
}

/**
 * The words of a channel with their places filled. What comes from the release is escaped as the channel needs it; texts and
 * names of approvers are the intent's own, who may mean the channel's marks by them.
 */
export function textOf({ event, values }: Message, { texts, approvers }: ResolvedNotification, escaped: (text: string) => string): string {
  const template = (event === 'ended' ? undefined : texts[event]) ?? TEXTS[event];
  return template
    .replace(/\{\{(\w+)\}\}/g, (whole, name) => {
      if (name === 'approvers' && values.approvers !== '' && approvers.length > 0)
        return `${approvers.join(', ')} (${escaped(values.approvers)})`;
      return Object.hasOwn(values, name) ? escaped(values[name as Placeholder]) : whole;
    })
    .trim();
}

type ApprovalStep = Extract<Step, { kind: 'approval' }>;

/** At high risk Git alone is believed, or who signs, as the runner believes them. */
const commandOf = ({ name }: ApprovalStep, { release, risk, namespace, signing }: Plan): string =>
  signing
    ? `tidegate approve ${release} ${name} --namespace ${namespace} --sign KEY`
    : risk === 'high'
      ? `tidegate approve ${release} ${name} --git`
      : `tidegate approve ${release} ${name} --namespace ${namespace}`;

function approversOf({ count }: ApprovalStep, { release, risk, signing }: Plan): string {
  const people = count === 1 ? 'one person' : `${count} different people`;
  if (signing) return `${people} of ${[...new Set(signing.signers.map(({ by }) => by))].join(', ')}`;
  return risk === 'high'
    ? `${people}, by a merge of approvals.yaml`
    : `${people} who may write ConfigMap ${release}-operator, or merge approvals.yaml`;
}
