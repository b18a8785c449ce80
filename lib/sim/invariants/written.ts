import type { KubeObject } from '../api/object.ts';

/** What a status ConfigMap says, as far as anybody here believes that it was said. */
export interface Written {
  readonly planUid?: string;
  readonly level?: { readonly generation: number | null; readonly set?: object };
  readonly pending?: { readonly generation: number | null } | null;
  readonly gates?: Readonly<Record<string, WrittenGate>>;
  readonly remedies?: Readonly<Record<string, { readonly doneAt?: number } | null>>;
}

export interface WrittenGate {
  readonly since: number;
  readonly counters: { readonly fail: number; readonly samples: readonly WrittenSample[] };
}

export interface WrittenSample {
  readonly at: number;
  readonly outcome: string;
  readonly weight: number;
}

/** By status, since each is looked at as the new one and as the one before. */
const parsed = new WeakMap<KubeObject, Written>();

/** Nothing, where there is no status or nobody can read it. */
export function writtenIn(status: KubeObject | undefined): Written {
  if (status === undefined) return {};
  const written = parsed.get(status) ?? parse(status);
  parsed.set(status, written);
  return written;
}

/** The level that it says was earned. */
export const setLevel = (status: KubeObject | undefined): string => JSON.stringify(writtenIn(status).level?.set ?? null);

function parse(status: KubeObject): Written {
  try {
    return JSON.parse(status.data?.['status.json'] ?? '{}');
  } catch {
    return {};
  }
}
