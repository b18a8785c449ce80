import { Project } from '../constructs/project.ts';
import { synthesize } from '../constructs/synthesize.ts';
import type { Material } from '../policy/lint.ts';

/**
 * What synth would write, with the lines that caused it; nothing is written.
 * @param targets those wanted; empty for all
 * @throws ProblemError when the charts give nothing that could be written
 */
export async function ownOutput(app: string, targets: readonly string[]): Promise<Material> {
  const project = new Project(targets.length > 0 ? { targets } : {});
  const { manifests, sources } = await synthesize(app, project);
  const texts = sources.map(({ path, source }) => ({ name: `dist/${path}`, text: manifests.get(path) ?? '', source }));
  return { texts, unreadable: [] };
}
