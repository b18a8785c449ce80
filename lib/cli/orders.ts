// The commands with which a person steers a release that is under way: one shape, four words.
import type { Command as Order } from '../plan/orders.ts';
import { type Command, formatOption } from './command.ts';
import { decideCommand } from './operator/decide.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, SPEAKER_HELP, SPEAKER_OPTIONS, whereOf } from './operator/options.ts';
import { say } from './operator/say.ts';

export const abort = order('abort', {
  summary: 'send all traffic back to stable',
  text: `Ends the plan in flight, also while it is still guarded after its promotion: its runner points all traffic to stable in one write, and scales the candidate down after its
delay. Git still carries the release: revert it, mend it, or \`tidegate retry\` it.`,
  refusal: 'nothing is in flight, or it is aborted already.',
  example: 'tidegate abort web --reason "orders drop since 14:05"',
});

export const pause = order('pause', {
  summary: 'keep a release where it is',
  text: `The candidate keeps the share of traffic that it has, until \`tidegate resume\`. Gates go on, and one that fails still
aborts: a pause holds the release, not the guard.`,
  refusal: 'nothing is in flight, or it is paused, aborted or promoted already.',
  example: 'tidegate pause web --reason "lunch"',
});

export const resume = order('resume', {
  summary: 'let a paused or held release go on',
  text: `Takes a pause back: the release goes on at the step where it was paused. Where a gate holds the release and asks for a
person, it lets the release go on as well.`,
  refusal: 'it is neither paused nor held by a gate, or it is aborted.',
  example: 'tidegate resume web',
});

export const retry = order('retry', {
  summary: 'walk the plan of an aborted or held release again',
  text: `Walks the same plan of an aborted release again, from its first step and with fresh gates: for a failure that was not the
candidate's, such as a broken metric. One that is held goes back to stable first. A changed intent is a new plan, and needs no
retry.`,
  refusal: 'nothing is in flight, or it is neither aborted nor held.',
  example: 'tidegate retry web --reason "Prometheus is back"',
});

interface Texts {
  readonly summary: string;
  readonly text: string;
  /** When it makes no sense. */
  readonly refusal: string;
  readonly example: string;
}

function order(name: Order, { summary, text, refusal, example }: Texts): Command {
  return {
    name,
    summary,
    help: `Usage: tidegate ${name} RELEASE [--reason TEXT] [--by NAME] [OPTIONS]

${text}

It is written to ConfigMap RELEASE-operator, for the plan in flight and no other; who may write that may say it.

Options:
${SPEAKER_HELP}
${CLUSTER_HELP}
  --format text|json     text (default) or JSON

Exit code 1: ${refusal}

Examples:
  ${example}
  tidegate ${name} web --namespace shop --context production
`,
    options: { ...CLUSTER_OPTIONS, ...SPEAKER_OPTIONS },
    async run(invocation) {
      const where = whereOf(invocation, name);
      formatOption(invocation, ['text', 'json']);
      return say(name, where, invocation, (flight, words) => decideCommand(name, flight, words));
    },
  };
}
