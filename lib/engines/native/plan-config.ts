import { PRUNE_LAST, ROLLBACK_ANNOTATION } from '../../lock/labels.ts';
import type { InFlight } from '../../lock/lock.ts';
import { canonicalJson } from '../../plan/hash.ts';
import { type KubeObject, ProblemError } from '../../schema/index.ts';
import { type Owner, releaseMeta } from './metadata.ts';
import { names } from './names.ts';

/** Client-side apply keeps a copy in an annotation, and annotations end at 256 KiB. */
const LARGEST = 200 * 1024;

/**
 * The plan as the runner reads it, in an order of keys that does not depend on how the lock was read.
 * @throws ProblemError when it has more than 200 KiB
 */
export function planConfigMap({ plan, hash, rollback }: InFlight, owner: Owner): KubeObject {
  const text = `${JSON.stringify(JSON.parse(canonicalJson({ hash, ...plan })), null, 2)}\n`;
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST)
    throw new ProblemError([
      {
        message: `the plan of ${owner.release} has ${bytes} bytes; at most ${LARGEST} can be applied.`,
        help: 'Use fewer or shorter gates, steps, migrations or smoke tests: the plan has every query, body and command of theirs.',
      },
    ]);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...releaseMeta(owner, names.plan(owner.release, hash)),
      annotations: { ...PRUNE_LAST, ...(rollback ? { [ROLLBACK_ANNOTATION]: plan.candidate.revision } : {}) },
    },
    immutable: true,
    data: { 'plan.json': text },
  };
}
