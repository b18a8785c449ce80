import { planJson } from './json.ts';
import { planMarkdown } from './markdown.ts';
import type { Plan } from './plan.ts';
import { planSvg } from './svg.ts';
import { planText, type TextOptions } from './text.ts';

/** How a plan is shown. A view ends with a line break; the same plan gives the same bytes. */
export type PlanView = (plan: Plan, hash: string, options?: ViewOptions) => string;

/** What a view may be told; each takes what it understands. */
export type ViewOptions = TextOptions;

/** The formats of `tidegate plan --format`. */
export type PlanFormat = 'text' | 'json' | 'markdown' | 'svg';

export const PLAN_VIEWS: Readonly<Record<PlanFormat, PlanView>> = {
  text: planText,
  json: planJson,
  markdown: planMarkdown,
  svg: planSvg,
};
