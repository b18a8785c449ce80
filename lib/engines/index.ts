import type { ResolvedIntent } from '../intent/resolved.ts';
import type { Engine } from './engine.ts';
import { native } from './native/index.ts';

/** Every engine, by the name that an intent gives in `engine`. */
export const ENGINES: Record<ResolvedIntent['engine'], Engine> = { native };

export type { Engine, EngineContext, RunnerCode } from './engine.ts';
