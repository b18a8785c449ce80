import type { Change } from './api/server.ts';
import { PATHS } from './release/objects.ts';
import type { VirtualTime } from './virtual-time.ts';

/** For so long what was read just before it was taken back may still count. */
const LATELY_MILLISECONDS = 20_000;

/** What people have ordered, with what they took back a moment ago. */
export class OrdersKept {
  private readonly time: VirtualTime;
  private readonly versions = new Map<
    string,
    { readonly data: Readonly<Record<string, string>>; readonly since: number; until: number }[]
  >();

  constructor(time: VirtualTime) {
    this.time = time;
  }

  changed({ path, type, object }: Change): void {
    if (path !== PATHS.approvals && path !== PATHS.operator) return;
    const versions = this.versions.get(path) ?? [];
    const last = versions.at(-1);
    if (last !== undefined) last.until = this.time.now;
    versions.push({ data: type === 'DELETED' ? {} : (object.data ?? {}), since: this.time.now, until: Number.POSITIVE_INFINITY });
    this.versions.set(path, versions);
  }

  /** When this entry first stood here. */
  since(path: string, key: string, text: string): number {
    return this.versions.get(path)?.find(({ data }) => data[key] === text)?.since ?? this.time.now;
  }

  /** Every version that stood here in the last moments. */
  lately(path: string): readonly Readonly<Record<string, string>>[] {
    return (this.versions.get(path) ?? []).filter(({ until }) => until >= this.time.now - LATELY_MILLISECONDS).map(({ data }) => data);
  }
}
