import type { PlanGate } from '../gate.ts';
import { prometheus } from './prometheus.ts';
import type { Answer, AskContext } from './provider.ts';
import { web } from './web.ts';

/** What can be asked at once. A Job is not asked: it is read, again and again, until `jobAnswer` knows. */
export type Askable = Exclude<PlanGate['provider'], { readonly job: unknown }>;

/** Every provider, by its key in a gate. */
export const providers = { prometheus, web } as const;

/** Asks a gate's question once. Never rejects. */
export function ask(provider: Askable, context: AskContext): Promise<Answer> {
  return 'prometheus' in provider ? providers.prometheus.ask(provider.prometheus, context) : providers.web.ask(provider.web, context);
}

export type { Exchange, HttpAnswer, HttpRequest } from './exchange.ts';
export { type JobAnswer, jobAnswer } from './job.ts';
export { parseJsonPath } from './json-path.ts';
export type { Answer, AskContext, Evidence, Provider, Result } from './provider.ts';
