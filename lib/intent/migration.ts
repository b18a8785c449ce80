import type { DurationLike } from './duration.ts';
import type { Resources } from './workload.ts';

/**
 * A change of what the release stores, which runs once the plan is applied and before the candidate has any user. Entries stay
 * in the intent once they have run: a release runs the one that stable's own intent did not have. A new entry is a release, and
 * a release has one.
 */
export type Migration = ExpandMigration | ContractMigration;

/**
 * Adds a shape beside the old one, so that old and new code work with what is stored. It runs again when an attempt is
 * repeated, and stays when one is abandoned: so it must do no harm the second time, and none to stable.
 */
export interface ExpandMigration extends MigrationJob {
  /** A DNS label, unique among the release's migrations and smoke tests, and never used again. */
  readonly name: string;
  readonly kind: 'expand';
  /**
   * Whether this release's code still reads or writes the shape that is to go. `unused` once it does not: only after such a
   * release may a contract migration take it away. @default needed
   */
  readonly oldShape?: 'needed' | 'unused';
}

/**
 * Takes the old shape of an expand migration away, which cannot be taken back: it is refused as long as Git carries a revision,
 * stable or retiring, that still needs it. It too may run more than once, for it is tried twice and runs again in each new
 * attempt: so it must bear repetition (`DROP ... IF EXISTS`).
 */
export interface ContractMigration extends MigrationJob {
  /** A DNS label, unique among the release's migrations and smoke tests, and never used again. */
  readonly name: string;
  readonly kind: 'contract';
  /** Name of the expand migration whose old shape goes. */
  readonly of: string;
}

/** How a migration runs: as a Job that starts when it is applied, or at its turn where the release waits for others, is tried twice, and exits 0 when it is done. */
export interface MigrationJob {
  /** What it changes, for whoever reviews it. */
  readonly description?: string;
  readonly container: MigrationContainer;
  /** Time allowed for it. @default 10m */
  readonly deadline?: DurationLike;
}

export interface MigrationContainer {
  /** Image by digest. @default the release's */
  readonly image?: string;
  /** Entry point. @default the image's */
  readonly command?: readonly string[];
  /** Arguments. @default the image's */
  readonly args?: readonly string[];
  /** Environment variables; none is taken over from the released container. */
  readonly env?: Readonly<Record<string, MigrationEnvValue>>;
  /** @default those of the helper image in tidegate.yaml */
  readonly resources?: Resources;
}

/** Text, or a key of a Secret. */
export type MigrationEnvValue = string | { readonly secret: string; readonly key: string };
