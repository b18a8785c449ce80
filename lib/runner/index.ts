export type { ApiAnswer, ApiRequest, Connection } from './api.ts';
export type { Clock } from './clock.ts';
export {
  type ConnectionOptions,
  type Credential,
  type Credentials,
  connect,
  inCluster,
  type OpenConnection,
  tokenFile,
} from './connection.ts';
export { networkExchange } from './exchange.ts';
export { ownPart, PARTS } from './parts/index.ts';
export { type PlanReading, readPlan } from './read-plan.ts';
export { type Event, newState, reduce, type State } from './reduce.ts';
export type { Release } from './release.ts';
export { type ReleaseRecord, statusData } from './report.ts';
export { type LogLine, type Report, type RunnerOptions, runRunner } from './run.ts';
export { readStatus, type Status } from './status.ts';
export type { World } from './world.ts';
