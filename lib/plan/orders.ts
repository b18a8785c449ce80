import { shortHash } from './hash.ts';

/**
 * What people say to a release while it runs, as entries of two ConfigMaps: `<release>-approvals`, which Git holds,
 * and `<release>-operator`, which the CLI writes. Every entry is JSON and names the plan that it is meant for: for any
 * other plan it is void.
 */
export interface Order {
  /** Hash of the plan. */
  readonly plan: string;
  readonly by: string;
  /** ISO 8601, by the clock of whoever wrote it: for readers; only where approvals are signed it says how long one counts. */
  readonly at: string;
  readonly reason: string;
}

/** Key `approval.<name>.<id>`, so that two people who approve at once do not undo each other. */
export interface Approval extends Order {
  /** Name of the approval step. */
  readonly approval: string;
  /** What `ssh-keygen -Y sign` made of it, where the plan says who may sign. */
  readonly signature?: string | undefined;
}

/**
 * One key each. `pause` stands until the key is removed: that is what `resume` does, and it leaves its own. So does what
 * switches a remedy off.
 */
export const COMMANDS = [
  'abort',
  'pause',
  'resume',
  'retry',
  'without-scaleUp',
  'without-flagOff',
  'without-webhook',
  'without-shed',
] as const;
export type Command = (typeof COMMANDS)[number];

/** As it stands in a ConfigMap. */
export interface GivenApproval extends Approval {
  /** Of what is said, and neither of its key nor of its signature: whoever copies both says nothing new. */
  readonly id: string;
  /** The id that runners went by before: what they noted down as consumed stays so, and what is noted for them too. */
  readonly was: string;
}

export interface Orders {
  readonly approvals: readonly GivenApproval[];
  readonly commands: Readonly<Partial<Record<Command, Order & { readonly id: string }>>>;
  /** Entries for this plan that cannot be read, and why. */
  readonly unreadable: readonly string[];
}

/** By what people are told apart: of `Name <address>` by the address, in whatever case and whichever form Unicode has for a letter. */
export const person = (by: string): string =>
  by
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/^.*<(.+)>$/s, '$1')
    .trim();

export const approvalKey = (approval: Approval): string => `approval.${approval.approval}.${shortHash(approval)}`;
export const orderText = (order: Order | Approval): string => JSON.stringify(order);

/** Whether an approval counted, came too early or was taken back: it never counts again. */
export const isSpent = ({ id, was }: GivenApproval, consumed: readonly string[]): boolean =>
  [id, was].some((one) => consumed.includes(one));
export const WHY_SPENT = 'it was given before the release waited for it, or has counted before: approve anew';

const LONGEST_TEXT = 500;

/**
 * The entries for this plan in a ConfigMap's data. The `id` of a command tells one entry from another of the same words: abort
 * and retry may be said at the same moment.
 */
export function readOrders(data: unknown, plan: string): Orders {
  const approvals: GivenApproval[] = [];
  const commands: Partial<Record<Command, Order & { readonly id: string }>> = {};
  const unreadable: string[] = [];
  const entries = data !== null && typeof data === 'object' ? Object.entries(data) : [];
  for (const [key, text] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const command = COMMANDS.find((name) => name === key);
    if (command === undefined && !key.startsWith('approval.')) continue;
    const order = readEntry(text);
    if (order === null) unreadable.push(key);
    else if (order.plan === plan) {
      const id = shortHash({ key, order });
      if (command !== undefined) commands[command] = { ...order, id };
      else if (order.approval === undefined) unreadable.push(key);
      else {
        const { signature: _, ...said } = order;
        approvals.push({ ...order, approval: order.approval, id: shortHash(said), was: id });
      }
    }
  }
  return { approvals, commands, unreadable };
}

function readEntry(text: unknown): (Order & Partial<Approval>) | null {
  let entry: Record<string, unknown>;
  try {
    entry = Object(JSON.parse(String(text)));
  } catch {
    return null;
  }
  const field = (name: string) => (Object.hasOwn(entry, name) && typeof entry[name] === 'string' ? (entry[name] as string) : null);
  const [plan, by, at, approval] = [field('plan'), field('by'), field('at'), field('approval')];
  if (plan === null || by === null || by.trim() === '' || at === null) return null;
  const order = {
    plan,
    by: by.slice(0, LONGEST_TEXT),
    at: at.slice(0, LONGEST_TEXT),
    reason: (field('reason') ?? '').slice(0, LONGEST_TEXT),
    signature: field('signature') ?? undefined,
  };
  return approval === null ? order : { ...order, approval };
}
