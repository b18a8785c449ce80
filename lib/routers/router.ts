import type { ResolvedIntent } from '../intent/resolved.ts';
import type { RouteInstructions } from '../plan/plan.ts';
import type { KubeObject } from '../schema/index.ts';

/** What splits traffic between two revisions. One file each; registered in `index.ts`. */
export interface Router {
  readonly name: string;
  /** What this router cannot do of what the intent asks; each with a path in the intent. */
  check(intent: ResolvedIntent): readonly RouterProblem[];
  /**
   * The route and what belongs to it, in its resting state: stable 100, candidate (if any) 0, weights explicit.
   * @throws ProblemError where the revisions that the lock holds do not fit
   */
  render(intent: ResolvedIntent, destinations: Destinations): readonly KubeObject[];
  /** The exact change that the runner will make to what `render` wrote. */
  instructions(intent: ResolvedIntent, destinations: { readonly stable: string; readonly candidate: string }): RouteInstructions;
}

/** What a router cannot do: where the intent asks for it, and what to write instead. */
export interface RouterProblem {
  /** Path in the intent, such as `traffic.retries`. */
  readonly path: string;
  readonly message: string;
  readonly help: string;
}

/** Names of Services in the release's namespace. */
export interface Destinations {
  readonly stable: string;
  readonly candidate: string | null;
  /** Every revision that Git carries, for what is per revision (connection pools). */
  readonly revisions: readonly string[];
  /** Services by role, for a router whose route is one of them; null where stable is not of Tidegate's making, and has its own. */
  readonly roles: { readonly release: KubeObject; readonly candidate: KubeObject } | null;
  /** Labels of every object. */
  readonly labels: Readonly<Record<string, string>>;
}
