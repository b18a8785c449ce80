import type { Plan } from './plan.ts';

/** Releases whose statuses a runner of this plan may have to read. */
export const queuedOf = ({ queue }: Plan): readonly string[] => [
  ...(queue?.ahead ?? []).map(({ release }) => release),
  ...(queue?.behind ?? []),
  ...(queue?.atRest ?? []),
];
