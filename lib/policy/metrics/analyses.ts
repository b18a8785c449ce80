import { ROLLOUT } from '../pods.ts';
import type { Entry } from '../read/objects.ts';
import type { ObjectSet, Reference } from '../set.ts';
import { at, indexed, isFields, listAt, textAt } from '../shape.ts';
import { ANALYSIS_TEMPLATE, ANALYSIS_TEMPLATES, argumentsOf, CLUSTER_ANALYSIS_TEMPLATE } from './analysis-template.ts';
import type { Metric } from './metric.ts';
import { metricsOf } from './metrics.ts';

/** A reference to a template, and where it is written. */
export interface TemplateReference extends Reference {
  readonly path: readonly string[];
}

/** One analysis of a Rollout: templates that run together, with the arguments that they get. */
export interface Analysis {
  readonly rollout: Entry;
  readonly path: readonly string[];
  readonly references: readonly TemplateReference[];
  readonly args: readonly SuppliedArgument[];
}

export interface SuppliedArgument {
  readonly name: string;
  /** Null where it comes from somewhere else. */
  readonly value: string | null;
  /** The revision whose hash it is; null where it is none. */
  readonly hashOf: 'candidate' | 'stable' | null;
  readonly path: readonly string[];
}

/** The analyses of a Rollout, in the order in which they are written. */
export function analysesOf(rollout: Entry): readonly Analysis[] {
  if (rollout.kind !== ROLLOUT) return [];
  const strategy = ['spec', 'strategy'];
  const canary = [...strategy, 'canary'];
  const blueGreen = [...strategy, 'blueGreen'];
  const found: Analysis[] = [...analysisAt(rollout, [...canary, 'analysis'])];
  for (const [index, step] of indexed(listAt(rollout.value, ...canary, 'steps'))) {
    const path = [...canary, 'steps', String(index)];
    found.push(...analysisAt(rollout, [...path, 'analysis']));
    for (const [number, analysis] of indexed(listAt(step, 'experiment', 'analyses'))) {
      const of = [...path, 'experiment', 'analyses', String(number)];
      const reference = referenceIn(analysis, of, rollout);
      if (reference) found.push({ rollout, path: of, references: [reference], args: suppliedBy(rollout.value, [...of, 'args']) });
    }
  }
  for (const field of ['prePromotionAnalysis', 'postPromotionAnalysis']) found.push(...analysisAt(rollout, [...blueGreen, field]));
  return found;
}

function analysisAt(rollout: Entry, path: readonly string[]): readonly Analysis[] {
  if (!isFields(at(rollout.value, ...path))) return [];
  const references = referencesIn(rollout, [...path, 'templates']);
  return [{ rollout, path, references, args: suppliedBy(rollout.value, [...path, 'args']) }];
}

/** The templates that a list names, of a Rollout's analysis or of another template. */
export function referencesIn(entry: Entry, path: readonly string[]): readonly TemplateReference[] {
  return indexed(listAt(entry.value, ...path)).flatMap(([index, item]) => referenceIn(item, [...path, String(index)], entry) ?? []);
}

function referenceIn(item: unknown, path: readonly string[], from: Entry): TemplateReference | null {
  const name = textAt(item, 'templateName');
  if (name === null) return null;
  const isOfCluster = at(item, 'clusterScope') === true;
  return {
    kind: isOfCluster ? CLUSTER_ANALYSIS_TEMPLATE : ANALYSIS_TEMPLATE,
    namespace: isOfCluster ? null : from.id.namespace,
    name,
    path: [...path, 'templateName'],
  };
}

function suppliedBy(value: unknown, path: readonly string[]): readonly SuppliedArgument[] {
  return indexed(listAt(value, ...path)).flatMap(([index, argument]) => {
    const name = textAt(argument, 'name');
    const hash = at(argument, 'valueFrom', 'podTemplateHashValue');
    const fixed = at(argument, 'value');
    if (name === null) return [];
    return [
      {
        name,
        value: typeof fixed === 'string' ? fixed : null,
        hashOf: hash === 'Latest' ? 'candidate' : hash === 'Stable' ? 'stable' : null,
        path: [...path, String(index)],
      },
    ];
  });
}

/** What a list of references leads to. */
export interface Resolved {
  readonly templates: readonly Entry[];
  /** Whether all of them are in the set, so that what is not there is known not to be. */
  readonly isComplete: boolean;
}

/** The templates that references lead to, and those that these name in turn, each once. */
export function resolveTemplates(from: Entry, references: readonly TemplateReference[], set: ObjectSet): Resolved {
  const templates = new Set<Entry>();
  let isComplete = true;
  const follow = (entry: Entry, named: readonly TemplateReference[]): void => {
    for (const reference of named) {
      const template = set.find(reference, entry);
      if (!template) isComplete = false;
      else if (!templates.has(template)) {
        templates.add(template);
        follow(template, referencesIn(template, ['spec', 'templates']));
      }
    }
  };
  follow(from, references);
  return { templates: [...templates], isComplete };
}

/** How a template of the set is used. */
export interface Use extends Analysis {
  readonly templates: readonly Entry[];
}

const USES = new WeakMap<ObjectSet, ReadonlyMap<Entry, readonly Use[]>>();

/** The analyses of the set's Rollouts in which a template runs. */
export function usesOf(template: Entry, set: ObjectSet): readonly Use[] {
  let uses = USES.get(set);
  if (!uses) {
    const made = new Map<Entry, Use[]>();
    for (const rollout of set.ofKind(ROLLOUT))
      for (const analysis of analysesOf(rollout)) {
        const use = { ...analysis, templates: resolveTemplates(rollout, analysis.references, set).templates };
        for (const used of use.templates) {
          const others = made.get(used);
          if (others) others.push(use);
          else made.set(used, [use]);
        }
      }
    uses = made;
    USES.set(set, uses);
  }
  return uses.get(template) ?? [];
}

/** All that one release asks, so that what one metric leaves open another may answer; unknown parts make it incomplete. */
export interface Questions {
  readonly metrics: readonly Metric[];
  readonly isComplete: boolean;
}

/** Everything that a Rollout, a Canary, a plan, or a template by itself asks. */
export function questionsOf(entry: Entry, set: ObjectSet): Questions {
  if (entry.kind === ROLLOUT) {
    const all = analysesOf(entry).map(({ references }) => resolveTemplates(entry, references, set));
    return {
      metrics: [...new Set(all.flatMap(({ templates }) => templates))].flatMap((template) => metricsOf(template, set)),
      isComplete: all.every(({ isComplete }) => isComplete),
    };
  }
  if (!ANALYSIS_TEMPLATES.includes(entry.kind)) return { metrics: metricsOf(entry, set), isComplete: true };
  const { templates, isComplete } = resolveTemplates(entry, referencesIn(entry, ['spec', 'templates']), set);
  return { metrics: [entry, ...templates].flatMap((template) => metricsOf(template, set)), isComplete };
}

const BESIDE = new WeakMap<ObjectSet, Map<Entry, readonly Metric[]>>();

/** All metrics that run wherever those of an object run: in every Rollout that uses a template, or in the object alone. */
export function besides({ entry }: Metric, set: ObjectSet): readonly Metric[] {
  const known = BESIDE.get(set) ?? new Map<Entry, readonly Metric[]>();
  BESIDE.set(set, known);
  const beside = known.get(entry) ?? everywhereBeside(entry, set);
  known.set(entry, beside);
  return beside;
}

function everywhereBeside(entry: Entry, set: ObjectSet): readonly Metric[] {
  const [first, ...others] = [...new Set(usesOf(entry, set).map(({ rollout }) => rollout))];
  if (!first) return questionsOf(entry, set).metrics;
  let common = questionsOf(first, set).metrics;
  for (const rollout of others) {
    const there = new Set(questionsOf(rollout, set).metrics);
    common = common.filter((metric) => there.has(metric));
  }
  return common;
}

/** Arguments that a template declares, with those of the templates that it names. */
export function declaredBy(templates: readonly Entry[]) {
  return templates.flatMap((template) => argumentsOf(template.value).map((argument) => ({ ...argument, template })));
}
