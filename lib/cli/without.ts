import { COMMANDS } from '../plan/orders.ts';
import { type Command, formatOption, UsageError } from './command.ts';
import { decideCommand, decideTakeBack } from './operator/decide.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, SPEAKER_HELP, SPEAKER_OPTIONS, whereOf } from './operator/options.ts';
import { say } from './operator/say.ts';

const ORDERS = COMMANDS.filter((name) => name.startsWith('without-')) as readonly Extract<(typeof COMMANDS)[number], `without-${string}`>[];
const REMEDIES = ORDERS.map((name) => name.slice('without-'.length));

/** Switches a remedy of the plan in flight off: the gate that names it then aborts. */
export const without: Command = {
  name: 'without',
  summary: 'let a failing gate abort at once instead of trying a remedy',
  help: `Usage: tidegate without RELEASE REMEDY [--take-back] [--reason TEXT] [--by NAME] [OPTIONS]

REMEDY is one of ${REMEDIES.join(', ')}: what a gate of the plan may have done once, by its \`onFailure\`, before traffic goes to
stable. Without it such a gate does as one with \`abort\` does, and so does one that waits for the remedy just now.

It is written to ConfigMap RELEASE-operator, for the plan in flight and no other; who may write that may say it.

Options:
  --take-back            the remedy may be tried again
${SPEAKER_HELP}
${CLUSTER_HELP}
  --format text|json     text (default) or JSON

Exit code 1: nothing is in flight, no gate of its plan has this remedy, or it is said already.

Examples:
  tidegate without web flagOff --reason "the flag must stay on during the sale"
  tidegate without web flagOff --take-back
`,
  options: { ...CLUSTER_OPTIONS, ...SPEAKER_OPTIONS, 'take-back': { type: 'boolean' } },
  async run(invocation) {
    const where = whereOf(invocation, 'without', 1);
    formatOption(invocation, ['text', 'json']);
    const [, remedy] = invocation.positionals;
    const order = ORDERS.find((name) => name === `without-${remedy}`);
    if (order === undefined)
      throw new UsageError(`without takes a remedy, one of ${REMEDIES.join(', ')}: tidegate without ${where.release} ${REMEDIES[0]}`);
    const decide = invocation.values['take-back'] === true ? decideTakeBack : decideCommand;
    return say(order, where, invocation, (flight, words) => decide(order, flight, words));
  },
};
