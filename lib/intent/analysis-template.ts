import type { Gate } from './gate.ts';

/** Existing templates of Argo Rollouts that a release is judged by. */
export interface AnalysisTemplateOptions {
  /**
   * Files of the repository with AnalysisTemplates and ClusterAnalysisTemplates, by their paths. All templates in them
   * are merged, as those of one AnalysisRun; each of their metrics becomes a gate.
   */
  readonly files: readonly string[];
  /** Values of the templates' arguments; they may use what every gate has, such as `{{args.candidate-service}}`. */
  readonly args?: Readonly<Record<string, string>>;
  /**
   * `argo`: each verdict as of Argo Rollouts, also where it is no good: an outage of metrics aborts after five errors, an
   * answer without data may pass. `native`: what says nothing counts for nothing and holds the weight. @default native
   */
  readonly verdicts?: 'native' | 'argo';
  /** What the gates look at. @default candidate */
  readonly scope?: Gate['scope'];
  /** What a pass proves, in one sentence. @default the metric and its file */
  readonly description?: string;
  /** What a failed gate does, as of every gate. @default abort */
  readonly onFailure?: Gate['onFailure'];
}
