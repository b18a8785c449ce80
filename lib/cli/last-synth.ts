import type { Declared } from '../constructs/collect.ts';
import { type Inputs, inputsOf } from '../constructs/inputs.ts';
import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import type { Texts } from '../output/files.ts';
import { digestOf, digestOnDisk, hashOf } from '../output/on-disk.ts';
import { KnownResults } from './known-results.ts';
import { ruleFiles } from './rule-files.ts';
import type { Told } from './told.ts';
import { outputFolder, sweptFolders } from './write.ts';

/**
 * What an earlier synth has found of the same inputs. Programs run all the same; but where they declare what they did, with
 * the same locks and files, the same output follows and passes the same rules: where that stands on disk, byte for byte,
 * nothing is left to do.
 */
export class LastSynth {
  readonly #project: Project;
  readonly #folder: string;
  /** Null where no result of them can be kept. */
  readonly #inputs: Inputs | null;
  readonly #results = new KnownResults<Told>();
  /** Hashes of what this run gives. */
  readonly #manifests = new Map<string, string>();
  readonly #locks = new Map<string, string>();

  constructor(declared: readonly Declared[], project: Project, out: string) {
    this.#project = project;
    this.#folder = outputFolder(project, out);
    // Rules of the repository's own are programs that may ask for anything.
    this.#inputs = ruleFiles(project.directory).length > 0 ? null : inputsOf(declared, project, ['synth', this.#folder]);
  }

  /** What was told when the very output that is on disk was found to be right; null where something may have to be done. */
  told(): Told | null {
    const known = this.#inputs && this.#results.of(this.#inputs.digest);
    if (!this.#inputs || !known) return null;
    const folders = sweptFolders(this.#project, this.#folder);
    const present = digestOnDisk(this.#project.directory, folders, this.#inputs.locks.keys());
    return present === known.output ? known.told : null;
  }

  /** The same texts; what they were is noted as they are asked for. */
  noting({ manifests, locks }: Synthesis): Pick<Synthesis, 'manifests' | 'locks'> {
    return { manifests: noting(manifests, this.#manifests, `${this.#folder}/`), locks: noting(locks, this.#locks, '') };
  }

  /** Keeps what this run tells, once its output is accepted and complete; nothing where it has changed its own inputs. */
  keep(told: Told): void {
    const inputs = this.#inputs;
    if (!inputs || this.#manifests.size + this.#locks.size < told.files) return;
    for (const [path, hash] of this.#locks) if (inputs.locks.get(path) !== hash) return;
    this.#results.keep(inputs.digest, { output: digestOf(this.#manifests), told });
  }
}

const noting = (texts: Texts, hashes: Map<string, string>, folder: string): Texts => ({
  keys: () => texts.keys(),
  get: (path) => {
    const text = texts.get(path);
    if (text !== undefined) hashes.set(folder + path, hashOf(text));
    return text;
  },
});
