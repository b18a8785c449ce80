import type { Severity } from './finding.ts';
import type { Fix } from './fix.ts';
import type { Entry } from './read/objects.ts';
import type { Releases } from './releases.ts';
import type { ObjectSet } from './set.ts';

/** One thing that must hold, whoever wrote the manifests. A rule is one file of `policies/` and one line of its index. */
export interface Rule {
  /** Never changes its meaning: waivers, reports and people refer to it. */
  readonly id: string;
  /** What holds when there is no finding; a clause, without a full stop. */
  readonly holds: string;
  /** Of a finding on a release; on other workloads it is a warning at most, unless the rule is `universal`. */
  readonly severity: Severity;
  /** A finding on a release of high risk is an error. @default false */
  readonly graver?: boolean;
  /** Its severity holds for every object: what it finds is wrong for anyone. @default false */
  readonly universal?: boolean;
  /** Kinds that it looks at, `apps/Deployment` or `Service`, of whatever version; `any` for all. */
  readonly kinds: readonly string[] | 'any';
  /** What it looks at where that is no object, as words of a sentence. @default its kinds */
  readonly about?: string;
  /** Numbers that `tidegate.yaml` may set, by name. @default none */
  readonly thresholds?: Readonly<Record<string, Threshold>>;
  /** What goes wrong without it. */
  readonly why: string;
  /** How to mend it. */
  readonly fix: string;
  /** Run as tests and shown in its page; some fail and some pass. */
  readonly examples: readonly Example[];
  /** Everything that is wrong with one object. Must take any shape of it. */
  check(entry: Entry, context: Context): Iterable<Complaint>;
}

export interface Threshold {
  readonly default: number;
  /** What it counts and in which unit, as words of a sentence. */
  readonly meaning: string;
}

export interface Context {
  readonly set: ObjectSet;
  readonly releases: Releases;
  /** Whether something outside of the set is declared to exist: then a reference to it is no finding. */
  isExternal(kind: string, namespace: string | null, name: string): boolean;
  /** A number of a rule: what the project says, else its default. */
  threshold(rule: Pick<Rule, 'id' | 'thresholds'>, name: string): number;
  /** The day by which dates are judged, `2026-04-01`; null where there is no clock, as in `synth`: then only their form is. */
  readonly today: string | null;
}

/** What a rule says about one value. */
export interface Complaint {
  /** The value that is wrong, or the place where one is missing. */
  readonly path: readonly string[];
  /** Follows the object's name and a colon; ends with a full stop. Names the numbers. */
  readonly message: string;
  /** Where it is another object's. @default the object that was checked */
  readonly entry?: Entry;
  /** Where it is less grave than the rule: an unverified reference is `info`. @default the rule's */
  readonly severity?: Severity;
  /** The key is wrong, not its value. @default false */
  readonly key?: boolean;
  /** @default the rule's `fix` */
  readonly help?: string;
  /** How `--fix` mends the value at the path; of a `key`, the key. @default not mechanically */
  readonly mend?: Fix;
}

export interface Example {
  /** What it shows, as a sentence. */
  readonly title: string;
  readonly yaml: string;
  /** Paths of what the rule finds, in order; empty where it passes. */
  readonly finds: readonly string[];
}
