import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { planWrites, type Writes } from '../output/files.ts';
import { UsageError } from './command.ts';

/**
 * What a run writes into the repository: manifests into the output folder, then locks; one that is null is removed.
 * @param sweep whether manifests that nobody wants any more go; false where only some releases were looked at
 * @throws UsageError when the output folder is the repository itself or outside of it
 * @throws ProblemError for everything that forbids the writing
 */
export function writesOf(
  { manifests, locks }: Pick<Synthesis, 'manifests'> & { readonly locks: ReadonlyMap<string, string | null> },
  project: Project,
  out: string,
  sweep: boolean,
): Writes {
  const folder = relative(project.directory, resolve(project.directory, out)).split(sep).join('/');
  if (folder === '' || folder.startsWith('..') || isAbsolute(folder))
    throw new UsageError(`--out ${out}: the output folder lies inside the repository, such as dist`);
  return planWrites({
    root: project.directory,
    files: new Map([...manifests].map(([path, text]) => [`${folder}/${path}`, text])),
    last: locks,
    sweep: sweep ? (project.whole ? [folder] : project.targets.map((target) => `${folder}/${target}`)) : [],
  });
}
