import { type Compiled, compileRelease } from '../../lib/constructs/compile.ts';
import { checkIntent } from '../../lib/intent/check.ts';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import { readIntent } from '../../lib/intent/validate.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { context, KEY } from '../constructs/compiling.ts';

/** Compiles as `synth` does, or as the first entry where there is no lock; what `synth` refuses is refused here. */
export function compile(
  written: ReleaseIntent,
  lock: Lock | null,
  { release = KEY.release, target = KEY.target, refresh = false, retry = false, rollback = null as string | null } = {},
): Compiled {
  const { intent, problems } = readIntent(written);
  const wrong = intent ? checkIntent(release, intent) : problems;
  if (!intent || wrong.length > 0) throw new Error(`the test's own intent is wrong: ${JSON.stringify(wrong)}`);
  return compileRelease({
    key: { target, namespace: KEY.namespace, release },
    intent,
    lock,
    initial: lock === null,
    refresh,
    retry,
    rollback,
    context: { ...context(), target },
  });
}

/** Everything that `synth` would write, as the bytes that it would write. */
export const textOf = ({ lock, objects }: Compiled): string => [writeLock(lock), ...objects.map(toYaml)].join('---\n');

/** `Kind/name`, as a person would list an object. */
export const nameOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;
