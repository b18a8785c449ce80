import { formatSeconds } from '../../plan/duration.ts';
import type { Command as Order } from '../../plan/orders.ts';
import type { Invocation } from '../command.ts';
import { textOption } from '../command.ts';
import { openCluster } from './cluster.ts';
import type { Decision, Words } from './decide.ts';
import { type Flight, silenceOf } from './flight.ts';
import { give } from './give.ts';
import type { Where } from './locked.ts';
import { commandFor } from './options.ts';
import { person, reason } from './person.ts';

/** The time of a person's word. With its milliseconds: the same word said again is another order. */
export const timeOf = (now: number): string => new Date(now).toISOString();

/**
 * Says something to a release in the cluster, and to the person what comes of it.
 * @returns exit code: 1 where it made no sense
 */
export async function say(
  command: Order | 'approve',
  where: Where,
  invocation: Invocation,
  decide: (flight: Flight, words: Words) => Decision,
): Promise<number> {
  const format = textOption(invocation, 'format') ?? 'text';
  const why = reason(textOption(invocation, 'reason'));
  const cluster = openCluster(invocation, where);
  const now = Date.now();
  const words = { by: person(textOption(invocation, 'by'), cluster.user), at: timeOf(now), reason: why };
  try {
    const given = await give(cluster.kube, cluster.namespace, where.release, (flight) => decide(cluster.checked(flight), words));
    const told = { version: 1, command, release: where.release, namespace: cluster.namespace };
    if (given.kind === 'refused') return refuse(given.refused, { ...told, plan: given.sight.flight?.hash ?? null }, invocation);
    const { flight, said, next, by = words.by } = given;
    if (format === 'json')
      invocation.io.out(
        `${JSON.stringify({ ...told, target: flight.plan.target, plan: flight.hash, ...words, by, refused: null, next }, null, 2)}\n`,
      );
    else invocation.io.out(`${said}, target ${flight.plan.target}\n`);
    const silence = silenceOf(flight.status, now);
    if (silence !== null)
      invocation.io.err(
        `\nWarning: nothing was heard of the runner for ${formatSeconds(silence / 1_000)}, so nobody may be listening. \`${commandFor('run', where.release, invocation)}\` starts one from here.\n`,
      );
    invocation.io.err(`\n${next} Watch it: \`${commandFor('status', where.release, invocation)} --watch\`\n`);
    return 0;
  } finally {
    cluster.close();
  }
}

/** A negative answer: exit code 1, with the reason wherever the reader looks. */
export function refuse(why: string, told: Readonly<Record<string, unknown>>, invocation: Invocation): number {
  if (textOption(invocation, 'format') === 'json') invocation.io.out(`${JSON.stringify({ ...told, refused: why }, null, 2)}\n`);
  invocation.io.err(`tidegate: ${why}\n`);
  return 1;
}
