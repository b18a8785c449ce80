// The public API: what charts, templates and programs import from 'tidegate'.
export { analysisTemplate } from './constructs/analysis-template.ts';
export {
  type Beside,
  type Composition,
  type Defaulted,
  type Defaults,
  defineDefaults,
  defineMixin,
  type MixinWords,
} from './constructs/compose.ts';
export { Project, type ProjectOptions } from './constructs/project.ts';
export { Release, type ReleaseOnTarget } from './constructs/release.ts';
export type { StableRevision } from './constructs/stable.ts';
export type { AnalysisTemplateOptions } from './intent/analysis-template.ts';
export { type BlueGreenProps, blueGreen, type Watched } from './intent/blue-green.ts';
export { type CanaryProps, canary, type Gates } from './intent/canary.ts';
export type { Changes, Some } from './intent/changes.ts';
export { Duration, type DurationLike, days, hours, milliseconds, minutes, seconds } from './intent/duration.ts';
export type { Flag } from './intent/flag.ts';
export type * from './intent/gate.ts';
export { type HotfixProps, hotfix } from './intent/hotfix.ts';
export type * from './intent/migration.ts';
export type { Mixin, MixinParts } from './intent/mixin.ts';
export type * from './intent/notification.ts';
export type * from './intent/pod-template.ts';
export type { Deadlines, History, PodTemplateAddition, ReleaseIntent, TargetOverride } from './intent/release.ts';
export type * from './intent/remedy.ts';
export type * from './intent/strategy.ts';
export type * from './intent/traffic.ts';
export type * from './intent/workload.ts';
export type { Plan, PlanGate, Step, StepKind } from './plan/plan.ts';
export type { Complaint, Context, Example, Rule } from './policy/rule.ts';
export { type KubeObject, type Problem, ProblemError, type SourceLocation } from './schema/index.ts';
