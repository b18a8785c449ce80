// Names of a plan's Jobs: the engine renders them under these, the runner starts and reads them. All numbers count from 0.

/** Starts when it is applied; of a plan with a queue, when the runner starts it. */
export const smokeJobName = (release: string, plan: string, step: number): string => `${release}-smoke-${plan}-${step}`;

/** One run of a gate whose provider is a Job: the gate by its place in the step's list. */
export const gateJobName = (release: string, plan: string, step: number, gate: number, run: number): string =>
  `${release}-job-${plan}-${step}-${gate}-${run}`;
