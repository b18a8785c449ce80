import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gatesOfTemplates } from '../gates/argo/read.ts';
import type { AnalysisTemplateOptions } from '../intent/analysis-template.ts';
import type { Gates } from '../intent/canary.ts';
import { Project } from './project.ts';

/**
 * Gates from existing AnalysisTemplates of Argo Rollouts, one for each metric, judged as Argo Rollouts does.
 *
 *     canary({ weights: [5, 50, 100], gates: analysisTemplate('analysis/success-rate.yaml', { args: { service: 'web' } }) })
 *
 * @param files paths in the repository; several are merged as those of one AnalysisRun
 * @throws ProblemError with everything that is wrong with the templates, or cannot be done here, each with its line
 */
export function analysisTemplate(files: string | readonly string[], options: Omit<AnalysisTemplateOptions, 'files'> = {}): Gates {
  const directory = Project.directory();
  const read = (file: string): string | null => {
    try {
      return readFileSync(resolve(directory, file), 'utf8');
    } catch {
      return null;
    }
  };
  // There is one for each metric, and no metrics are a problem.
  return gatesOfTemplates({ ...options, files: typeof files === 'string' ? [files] : files }, read) as Gates;
}
