import type { IConstruct } from 'constructs';
import type { Project } from './project.ts';

/** A folder of charts may hold YAML of others, which need not even parse. */
const MAY_BE_INTENT = /\btidegate\.dev\/v\d|\bRelease(?:Intent|Defaults|Mixin)\b/;

/**
 * The releases that `charts/` holds as YAML, as an app like any other.
 * @returns null where there is none
 * @throws ProblemError with everything that is wrong with their shape, each with its line
 */
export async function writtenReleases(project: Project): Promise<IConstruct | null> {
  const files = project.writtenCharts().filter(({ text }) => MAY_BE_INTENT.test(text));
  if (files.length === 0) return null;
  // Loaded where it is needed: most repositories write no YAML.
  const { appOf } = await import('./written-app.ts');
  return appOf(files, project);
}
