import type { ApiServer, Change } from '../api/server.ts';
import type { VirtualTime } from '../virtual-time.ts';

/** How a Job ends once it runs. */
export interface JobFate {
  readonly ends: 'Complete' | 'Failed' | 'never';
  readonly afterSeconds: number;
}

/** The Job controller: what is not suspended runs and ends, once. */
export class Jobs {
  private readonly server: ApiServer;
  private readonly time: VirtualTime;
  private readonly fate: (name: string) => JobFate;
  /** Whether its pods can run, asked again each second until they can. */
  private readonly canRun: () => boolean;

  constructor(server: ApiServer, time: VirtualTime, fate: (name: string) => JobFate, canRun: () => boolean) {
    this.server = server;
    this.time = time;
    this.fate = fate;
    this.canRun = canRun;
  }

  react({ path, type, object, before }: Change): void {
    if (object.kind !== 'Job' || type === 'DELETED' || before?.metadata.generation === object.metadata.generation) return;
    if (object.spec.suspend) {
      if (object.status?.startTime) this.server.report(path, { startTime: undefined });
    } else if (!object.status?.startTime) this.run(path, object.metadata.uid);
  }

  private run(path: string, uid: string): void {
    const job = () => {
      const object = this.server.find(path);
      return object?.metadata.uid === uid && !object.spec.suspend ? object : undefined;
    };
    this.time.after(200, () => {
      if (job() !== undefined) this.server.report(path, { startTime: new Date(this.time.now).toISOString(), active: 1 });
    });
    const wait = () => {
      const object = job();
      if (object === undefined) return;
      if (!this.canRun()) {
        this.time.after(1_000, wait);
        return;
      }
      const { ends, afterSeconds } = this.fate(object.metadata.name);
      if (ends === 'never') return;
      this.time.after(afterSeconds * 1_000, () => job() !== undefined && this.end(path, ends));
    };
    wait();
  }

  private end(path: string, ends: 'Complete' | 'Failed'): void {
    const condition = (type: string) => ({
      type,
      status: 'True',
      reason: ends === 'Failed' ? 'BackoffLimitExceeded' : 'CompletionsReached',
      message: ends,
    });
    // What announces the end comes a little before it, while pods still stop.
    this.server.report(path, { active: 0, conditions: [condition(ends === 'Failed' ? 'FailureTarget' : 'SuccessCriteriaMet')] });
    this.time.after(300, () => {
      if (this.server.find(path)) this.server.report(path, { conditions: [condition(ends)] });
    });
  }
}
