import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { planWrites, type Texts, type Writes } from '../output/files.ts';
import { UsageError } from './command.ts';

/**
 * What a run writes into the repository: manifests into the output folder, then locks; one that is null is removed.
 * @param sweep whether manifests that nobody wants any more go; false where only some releases were looked at
 * @param gone locks that are taken away
 * @throws UsageError when the output folder is the repository itself or outside of it
 * @throws ProblemError for everything that forbids the writing
 */
export function writesOf(
  { manifests, locks }: Pick<Synthesis, 'manifests' | 'locks'>,
  project: Project,
  out: string,
  sweep: boolean,
  gone: readonly string[] = [],
): Writes {
  const folder = outputFolder(project, out);
  return planWrites({
    root: project.directory,
    files: below(folder, manifests),
    last: locks,
    gone,
    sweep: sweep ? sweptFolders(project, folder) : [],
  });
}

/** The output folder as a path in the repository. @throws UsageError when it is the repository itself or outside of it */
export function outputFolder({ directory }: Project, out: string): string {
  const folder = relative(directory, resolve(directory, out)).split(sep).join('/');
  if (folder === '' || folder.startsWith('..') || isAbsolute(folder))
    throw new UsageError(`--out ${out}: the output folder lies inside the repository, such as dist`);
  return folder;
}

/** Where a run over all releases removes what nobody wants any more. */
export const sweptFolders = ({ whole, targets }: Project, folder: string): readonly string[] =>
  whole ? [folder] : targets.map((target) => `${folder}/${target}`);

const below = (folder: string, texts: Texts): Texts => ({
  keys: () => new Set([...texts.keys()].map((path) => `${folder}/${path}`)).values(),
  get: (path) => texts.get(path.slice(folder.length + 1)),
});
