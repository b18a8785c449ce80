import { planOf } from '../constructs/compile.ts';
import { DEFAULT_OUT } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { signingOf } from '../constructs/signing.ts';
import { type Synthesis, synthesize } from '../constructs/synthesize.ts';
import { lockPath } from '../lock/read.ts';
import type { AuthoredApproval } from '../policy/approvers.ts';
import type { StaleFile } from '../policy/current.ts';
import type { Material } from '../policy/lint.ts';
import type { Queued } from '../policy/order.ts';
import type { SignedFlight } from '../policy/plan-signers.ts';
import type { Promotion } from '../policy/promotion.ts';
import type { UnprovenImage } from '../policy/proven.ts';
import type { SourceText } from '../policy/read/objects.ts';
import type { ReleaseInFlight } from '../policy/report/report.ts';
import { authoredApprovals } from './authors.ts';
import { queuedReleases } from './order.ts';
import { promotionsOf } from './promotions.ts';
import { unprovenStarts } from './unproven.ts';
import { writesOf } from './write.ts';

export interface OwnOutput {
  readonly material: Material;
  readonly inFlight: readonly ReleaseInFlight[];
  /** Committed files that synth would change. */
  readonly stale: readonly StaleFile[];
  readonly promotions: readonly Promotion[];
  /** What would start where another target is to go first. */
  readonly unproven: readonly UnprovenImage[];
  readonly approvals: readonly AuthoredApproval[];
  /** Plans in flight, and who may sign now. */
  readonly flights: readonly SignedFlight[];
  readonly queued: readonly Queued[];
}

/**
 * What synth would write, with the lines that caused it; nothing is written.
 * @param targets those wanted; empty for all
 * @param baseLocks what was in `lock/` where the change began; null where no change is looked at
 * @throws ProblemError when the charts give nothing that could be written
 */
export async function ownOutput(app: string, targets: readonly string[], baseLocks: readonly SourceText[] | null): Promise<OwnOutput> {
  const project = new Project({ judged: true, ...(targets.length > 0 ? { targets } : {}) });
  const synthesis = await synthesize(app, project);
  return {
    material: withTemplates(materialOf(synthesis, DEFAULT_OUT), synthesis, project),
    inFlight: inFlightOf(synthesis, project),
    stale: staleFiles(synthesis, project),
    promotions: promotionsOf(synthesis, project, baseLocks),
    unproven: unprovenStarts(synthesis, project),
    approvals: authoredApprovals(synthesis, project),
    queued: queuedReleases(synthesis, project),
    flights: synthesis.releases.flatMap(({ lock, release }) => {
      if (lock.inFlight === null) return [];
      const { hash, plan } = lock.inFlight;
      return [{ release, hash, plan, file: lockPath(lock), signing: signingOf(project.config) }];
    }),
  };
}

/** And the files of AnalysisTemplates that releases are judged by, so that what is wrong with one is told where it is written. */
function withTemplates(material: Material, { releases }: Synthesis, project: Project): Material {
  const gates = releases.flatMap(({ lock }) =>
    lock.resolved.strategy.steps.flatMap((step) => ('analysis' in step ? step.analysis.gates : [])),
  );
  const files = [...new Set(gates.flatMap(({ argo }) => argo?.file ?? []))].sort();
  const texts = files.map((name) => ({ name, text: project.text(name) ?? '' }));
  return { ...material, texts: texts.length > 0 ? [...material.texts, ...texts] : material.texts };
}

/** Manifests as the linter takes them. @param out the folder that they are for */
export function materialOf({ manifests, sources }: Synthesis, out: string): Material {
  const texts = sources.map(({ path, source, object }) => ({
    name: `${out}/${path}`,
    // Where nothing is found nobody reads it.
    get text() {
      return manifests.get(path) ?? '';
    },
    source,
    value: object,
  }));
  return { texts, unreadable: [] };
}

function inFlightOf({ releases }: Synthesis, { config, code }: Project): readonly ReleaseInFlight[] {
  return releases.flatMap(({ lock, target }) => {
    const { plan, hash, inFlight } = planOf(lock, { target, project: config, code });
    return inFlight ? [{ lock, plan, hash }] : [];
  });
}

function staleFiles(synthesis: Synthesis, project: Project): readonly StaleFile[] {
  const { added, changed, removed } = writesOf(synthesis, project, DEFAULT_OUT, true);
  const sources = new Map(synthesis.sources.map(({ path, source }) => [`${DEFAULT_OUT}/${path}`, source]));
  const as = (how: StaleFile['how']) => (file: string) => ({ file, how, source: sources.get(file) ?? null });
  return [...added.map(as('missing')), ...changed.map(as('different')), ...removed.map(as('unwanted'))];
}
