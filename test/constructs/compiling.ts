import { type Compiled, compileRelease } from '../../lib/constructs/compile.ts';
import type { EngineContext } from '../../lib/engines/engine.ts';
import { readProject } from '../../lib/intent/read-project.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { ofParts } from '../../lib/plan/uses.ts';
import { accepted } from '../intent/valid.ts';

export const KEY = { target: 'production', namespace: 'shop', release: 'web' };

export const context = (tidegateYaml: string | null = null): EngineContext => ({
  target: 'production',
  project: readProject(tidegateYaml),
  code: { runner: '// runner', smoke: '// smoke', notify: '// notify', parts: ofParts((name) => `// ${name}`) },
});

/** The intent of test/intent/valid.ts with changes, compiled against a lock; without one it becomes the first entry. */
export function compile(
  changes: Readonly<Record<string, unknown>>,
  lock: Lock | null,
  {
    refresh = false,
    retry = false,
    rollback = null as string | null,
    project = null as string | null,
    key = KEY,
    isRecorded = (_: string): boolean => false,
  } = {},
): Compiled {
  const intent = accepted(changes);
  const wishes = { initial: lock === null, refresh, retry, rollback, isRecorded };
  return compileRelease({ key, intent, lock, ...wishes, context: { ...context(project), target: key.target } });
}

/** An image that differs from the fixture's in its digest only. */
export const image = (digit: string): string => `registry.example.com/web:1.5.0@sha256:${digit.repeat(64)}`;
