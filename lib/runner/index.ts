export type { ApiAnswer, ApiRequest, Connection } from './api.ts';
export {
  type ConnectionOptions,
  type Credential,
  type Credentials,
  connect,
  inCluster,
  type OpenConnection,
  tokenFile,
} from './connection.ts';
export { type PlanReading, type Release, readPlan } from './read-plan.ts';
export { type Event, newState, reduce, type State } from './reduce.ts';
export { type Clock, type LogLine, type Report, type RunnerOptions, runRunner } from './run.ts';
export { readStatus, type Status, statusData } from './status.ts';
export { smokeJobName, type World } from './world.ts';
