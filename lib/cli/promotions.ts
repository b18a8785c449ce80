import { parse } from 'yaml';
import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { lockPath } from '../lock/read.ts';
import { readOwnYaml } from '../output/read-yaml.ts';
import type { Promotion } from '../policy/promotion.ts';
import type { SourceText } from '../policy/read/objects.ts';

/**
 * The locks of a run, as what they make stable is judged.
 * @param base what was in `lock/` where the change began; null where no change is looked at
 */
export function promotionsOf({ releases }: Synthesis, project: Project, base: readonly SourceText[] | null): readonly Promotion[] {
  const before = base && new Map(base.map(({ name, text }) => [name, text]));
  return releases.flatMap(({ lock, target }) => {
    const key = { target, namespace: lock.namespace, release: lock.release };
    const text = project.lockText(key);
    if (text === null) return [];
    const file = lockPath(key);
    const former = before?.get(file);
    return [
      {
        file,
        text,
        lock,
        ...(before === null ? {} : { before: former === undefined ? null : dataOf(former) }),
        record: (plan) => project.record(key, plan),
      },
    ];
  });
}

/** Null for what is no YAML: then nothing is known of what was there before. */
function dataOf(text: string): unknown {
  const own = readOwnYaml(text);
  if (own) return own.value;
  try {
    return parse(text);
  } catch {
    return null;
  }
}
