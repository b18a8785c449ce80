import { CANARY } from '../pods.ts';
import { type Matcher, selectorsOf } from '../promql/expression.ts';
import { isParsed, parsePromql } from '../promql/parse.ts';
import type { Entry } from '../read/objects.ts';
import { servicesOfRollout } from '../releases.ts';
import { at, listAt, textAt } from '../shape.ts';
import type { SuppliedArgument, Use } from './analyses.ts';
import type { Metric } from './metric.ts';
import { placeholdersIn } from './placeholders.ts';
import { planOf } from './plan.ts';

/**
 * Whose series a label selects. `both`: a pattern that fits the names of either; `open`: an argument that nobody has
 * supplied yet, which may be the candidate; `other`: something that both have in common.
 */
export type Track = 'candidate' | 'stable' | 'both' | 'open' | 'other';

/** How the two revisions of a release are called. */
export interface Names {
  readonly candidate: readonly string[];
  readonly stable: readonly string[];
  /** What placeholders stand for; those that are not here are open. */
  readonly args: ReadonlyMap<string, SuppliedArgument>;
}

const UNNAMED: Names = { candidate: [], stable: [], args: new Map() };

/** Names of a metric's release, as far as its own object tells. */
export function namesOf({ entry }: Pick<Metric, 'entry'>): Names {
  const { value } = entry;
  const plan = planOf(entry);
  if (plan) {
    const of = (role: string) => ['deployment', 'service', 'revision'].flatMap((field) => textAt(plan, role, field) ?? []);
    return { ...UNNAMED, candidate: of('candidate'), stable: of('stable') };
  }
  if (entry.kind !== CANARY) return UNNAMED;
  const target = textAt(value, 'spec', 'targetRef', 'name') ?? entry.id.name;
  const service = textAt(value, 'spec', 'service', 'name') ?? target;
  return { ...UNNAMED, candidate: [target, `${service}-canary`], stable: [`${target}-primary`, `${service}-primary`] };
}

/** Names of the Rollout that uses a template, with the arguments that it supplies. */
export function namesOfUse({ rollout, args }: Use): Names {
  const { value } = rollout;
  const services = (...fields: readonly string[]) =>
    servicesOfRollout(value).flatMap(({ path, name }) => (fields.includes(path.at(-1) ?? '') ? [name] : []));
  const rule = ['spec', 'strategy', 'canary', 'trafficRouting', 'istio', 'destinationRule'];
  const metadata = (field: string) =>
    Object.values((at(value, 'spec', 'strategy', 'canary', field, 'labels') ?? {}) as object).filter((text) => typeof text === 'string');
  return {
    candidate: [
      // Which of the two is the candidate's changes from release to release.
      ...services('canaryService', 'previewService', 'pingService', 'pongService'),
      ...(textAt(value, ...rule, 'canarySubsetName') === null ? [] : [textAt(value, ...rule, 'canarySubsetName') ?? '']),
      ...metadata('canaryMetadata'),
    ],
    stable: [...services('stableService', 'activeService'), ...metadata('stableMetadata')],
    args: new Map(args.map((arg) => [`args.${arg.name}`, arg])),
  };
}

/** What each label of a query selects; null where the query is no PromQL or cannot be read. */
export function tracksOf(
  { query, providers }: Metric,
  names: Names,
): readonly { readonly matcher: Matcher; readonly track: Track }[] | null {
  const read = query && providers[0] === 'prometheus' ? parsePromql(query.raw) : null;
  if (!read || !isParsed(read)) return null;
  return selectorsOf(read).flatMap(({ matchers }) => matchers.map((matcher) => ({ matcher, track: trackOf(matcher, names) })));
}

/** Whether a label is written out that says what is measured, not where. */
export const namesSomething = ({ label, operator, value }: Matcher): boolean =>
  ['=', '=~'].includes(operator) && !COMMON.test(label) && !value.includes('{{') && /[a-z]/i.test(value);

const CANDIDATE = /(?:^|[^a-z])(?:canary|candidate|preview|green|new|latest)(?:[^a-z]|$)/i;
const STABLE = /(?:^|[^a-z])(?:stable|baseline|primary|active|blue|control|current|old|production|prod)(?:[^a-z]|$)/i;
/** Labels that name one revision among several. */
const REVISION = /(?:^|_)(?:hash|version|revision|track|subset|variant|role)$/;
/** Labels and arguments that say where or what, never which revision. */
const COMMON =
  /(?:^|[-_])(?:namespace|ns|environment|env|region|zone|code|status|class|quantile|reporter|method|protocol|interval|window|duration|threshold|direction|le)$|^(?:cluster|__name__)$/i;

function trackOf({ label, operator, value }: Matcher, names: Names): Track {
  // nginx marks the series of its canary Ingress: `canary!=""`.
  if (operator === '!=' || operator === '!~') return CANDIDATE.test(label) && value === '' ? 'candidate' : 'other';
  if (COMMON.test(label)) return 'other';
  const placeholders = placeholdersIn(value);
  const tracks = placeholders.map(({ name, text }) =>
    trackOfPlaceholder(name, value.slice(value.indexOf(text) + text.length), operator, names),
  );
  const found = (['both', 'candidate', 'stable'] as const).find((track) => tracks.includes(track));
  if (found) return found;
  const named = trackOfText(`${placeholders.reduce((text, { text: placeholder }) => text.replace(placeholder, ' '), value)} `, names);
  if (named) return named;
  // What another tool puts in later: `${service}`.
  if (tracks.includes('open') || value.includes('${') || (REVISION.test(label) && placeholders.length === 0)) return 'open';
  return CANDIDATE.test(label) ? 'candidate' : 'other';
}

/** @param rest what follows the placeholder */
function trackOfPlaceholder(name: string, rest: string, operator: string, names: Names): Track {
  if (rest.startsWith('-primary')) return 'stable';
  if (rest.startsWith('-canary')) return 'candidate';
  if (name === 'target' || name === 'name')
    // `-.*` fits the pods of `<target>-primary` as well.
    return operator === '=~' && /^-?(?:\(\?:|\()?\.[*+]/.test(rest) ? 'both' : 'candidate';
  if (['service', 'ingress', 'namespace', 'interval'].includes(name)) return 'other';
  const supplied = names.args.get(name);
  if (supplied?.hashOf) return supplied.hashOf;
  const own = name.replace(/^(?:args|variables)\./, '');
  if (supplied?.value !== undefined && supplied.value !== null && placeholdersIn(supplied.value).length === 0)
    return trackOfText(supplied.value, names) ?? (CANDIDATE.test(own) && names.candidate.length === 0 ? 'candidate' : 'other');
  if (CANDIDATE.test(own)) return 'candidate';
  if (STABLE.test(own)) return 'stable';
  return COMMON.test(own) ? 'other' : 'open';
}

/** By the names of the two; where they are not known, by the words that people use. */
function trackOfText(text: string, { candidate, stable }: Names): 'candidate' | 'stable' | null {
  const words = text.split(/[^A-Za-z0-9-]+/).map((word) => word.replace(/^-+|-+$/g, ''));
  if (words.some((word) => word !== '' && candidate.includes(word))) return 'candidate';
  if (words.some((word) => word !== '' && stable.includes(word))) return 'stable';
  if (CANDIDATE.test(text)) return 'candidate';
  return STABLE.test(text) ? 'stable' : null;
}

/** Whether a metric holds the candidate against stable. */
export function compares(metric: Metric, names: Names): boolean {
  if (metric.scope !== null) return metric.scope === 'comparison';
  if (metric.providers.includes('kayenta')) return true;
  const tracks = tracksOf(metric, names) ?? [];
  const of = (track: Track) => tracks.filter((found) => found.track === track);
  if (of('candidate').length > 0 && of('stable').length > 0) return true;
  // One label with two open arguments: one of them will be the candidate, the other what it is held against.
  const open = new Map<string, string>();
  return of('open').some(({ matcher: { label, value } }) => {
    const other = open.get(label);
    open.set(label, value);
    return other !== undefined && other !== value;
  });
}

/** Whether a Rollout runs pods of its own to compare. */
export const hasExperiment = ({ value }: Entry): boolean =>
  listAt(value, 'spec', 'strategy', 'canary', 'steps').some((step) => at(step, 'experiment') !== undefined);
