import * as argo from './argo.ts';
import * as conditions from './conditions.ts';
import * as queue from './queue.ts';
import * as remedies from './remedies.ts';
import * as signatures from './signatures.ts';

/** What a plan's `uses` may name: each is a module of this folder. Whoever has no files of a ConfigMap takes them from here. */
export const PARTS = { argo, conditions, queue, remedies, signatures } as const satisfies Readonly<Record<string, object>>;

/** Those that a plan uses, loaded. */
export type Parts = Partial<typeof PARTS>;

/** @throws where there is none of this name */
export async function ownPart(name: string): Promise<object> {
  if (!Object.hasOwn(PARTS, name)) throw new Error(`there is no part ${name}`);
  return PARTS[name as keyof typeof PARTS];
}
