import { shortHash } from '../../plan/hash.ts';
import type { Queue } from '../../plan/plan.ts';
import { configMapPath } from '../api/object.ts';
import type { ApiServer } from '../api/server.ts';
import { NAMESPACE } from '../release/plans.ts';
import type { OtherFate, Said } from '../release/queue.ts';
import type { VirtualTime } from '../virtual-time.ts';

const PHASES: Readonly<Record<Exclude<Said, 'nothing' | 'tampered'>, readonly [phase: string, attempt: number]>> = {
  earlier: ['Promoted', -1],
  goes: ['Progressing', 0],
  'has traffic': ['Progressing', 0],
  held: ['Held', 0],
  promoted: ['Promoted', 0],
  aborted: ['Aborted', 0],
  later: ['Starting', 1],
  'later promoted': ['Promoted', 1],
};

/** Whether what it truly is lets another one go that waits for it; a rule of its own. */
const IS_OVER: Readonly<Record<OtherFate['until'], readonly Said[]>> = {
  promoted: ['promoted', 'later promoted'],
  over: ['promoted', 'aborted', 'later', 'later promoted'],
  unexposed: ['nothing', 'goes', 'promoted', 'aborted'],
  'at rest': ['nothing', 'goes', 'promoted', 'aborted'],
};

/** Whoever has traffic and is silent for so long does not count any more; and clocks differ. */
const SILENT_MILLISECONDS = 300_000;
const SKEW_MILLISECONDS = 10_000;

/** Other releases of the namespace, of which there is nothing to be seen but their statuses. */
export class Others {
  private readonly server: ApiServer;
  private readonly time: VirtualTime;
  private readonly history = new Map<string, { readonly at: number; readonly says: Said }[]>();

  constructor(server: ApiServer, time: VirtualTime, fates: readonly OtherFate[]) {
    this.server = server;
    this.time = time;
    for (const fate of fates)
      for (const { at, says } of fate.life)
        if (at === 0) this.say(fate, says);
        else time.after(at * 1_000, () => this.say(fate, says));
  }

  /**
   * Whether there was a moment since then at which nobody came first.
   * @param doubtful clocks are wrong: who has traffic and who is silent cannot be told apart
   */
  wasOpen(queue: Queue, since: number, doubtful: boolean): boolean {
    const said = [...this.history.values()].flat().flatMap(({ at }) => [at, at + SILENT_MILLISECONDS - SKEW_MILLISECONDS]);
    const moments = [since, ...said].filter((at) => at >= since && at <= this.time.now);
    return moments.some((moment) => this.isOpen(doubtful ? { ...queue, behind: [], atRest: [] } : queue, moment));
  }

  isOpen({ ahead, behind = [], atRest = [], limit }: Queue, moment = this.time.now): boolean {
    const unnumbered = (names: readonly string[], until: OtherFate['until']) => names.map((release) => ({ release, until }));
    const all = [...ahead, ...unnumbered(behind, 'unexposed'), ...unnumbered(atRest, 'at rest')];
    const open = all.filter(({ release, until }) => !this.isOver(release, until, moment));
    const comesFirst = ({ until }: (typeof open)[number]) => until === 'promoted' || until === 'at rest';
    return !open.some(comesFirst) && open.length < limit;
  }

  private isOver(release: string, until: OtherFate['until'], moment: number): boolean {
    const { at, says } = this.history.get(release)?.findLast((entry) => entry.at <= moment) ?? { at: moment, says: 'nothing' };
    return IS_OVER[until].includes(says) || (says === 'has traffic' && moment >= at + SILENT_MILLISECONDS - SKEW_MILLISECONDS);
  }

  private say({ release, attempt }: OtherFate, says: Said): void {
    this.history.set(release, [...(this.history.get(release) ?? []), { at: this.time.now, says }]);
    const name = `${release}-status`;
    const path = configMapPath(NAMESPACE, name);
    if (says === 'nothing') {
      this.server.delete(path, 'kubectl');
      return;
    }
    const [phase, later] = PHASES[says === 'tampered' ? 'goes' : says];
    const status = {
      phase,
      hold: phase === 'Held' ? { at: 'stable', since: this.time.now } : null,
      heartbeat: this.time.now,
      level: { set: { weight: phase === 'Promoted' ? 100 : says === 'has traffic' ? 20 : 0 } },
      attempt: attempt + later,
    };
    const text = JSON.stringify({ ...status, digest: shortHash(JSON.stringify(status)) });
    const data = { 'status.json': says === 'tampered' ? text.replace(phase, 'Promoted') : text };
    this.server.apply(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data }, 'another-runner');
  }
}
