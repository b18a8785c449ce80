import { readPath } from '../schema/explain.ts';
import { nearest, type Problem, ProblemError, type SourceLocation } from '../schema/index.ts';
import type { WalkedKeywords } from '../schema/matches.ts';
import documentOnly from './document.schema.json' with { type: 'json' };
import intentSchema from './intent.schema.json' with { type: 'json' };
import { dnsLabelProblem } from './names.ts';
import { differences, readStream, type WrittenFile } from './read-written.ts';
import { workloadProblem } from './workload-kind.ts';

export const API_VERSION = 'tidegate.dev/v1alpha1';
export const KIND = 'ReleaseIntent';
/** An intent, and what intents may be composed of. */
export const KINDS = [KIND, 'ReleaseDefaults', 'ReleaseMixin'] as const;

/** JSON Schema of YAML intents and what they are composed of: the intent's, with templates by name, in a document with a name. */
export const DOCUMENT_SCHEMA: WalkedKeywords = {
  ...(documentOnly as WalkedKeywords),
  definitions: { ...(intentSchema as WalkedKeywords).definitions, ...(documentOnly as WalkedKeywords).definitions },
};

/** Of each form of document; always the same objects, so that ajv compiles each once. */
const FORMS = {
  ReleaseIntent: formOf('ReleaseIntent'),
  IntentOnDefaults: formOf('IntentOnDefaults'),
  ReleaseDefaults: formOf('ReleaseDefaults'),
  ReleaseMixin: formOf('ReleaseMixin'),
};

function formOf(spec: string): WalkedKeywords {
  return { $ref: `#/definitions/${spec}Document`, definitions: DOCUMENT_SCHEMA.definitions ?? {} };
}

/** A YAML intent, or part of one, whose shape fits: templates in it are still names. */
export interface IntentDocument {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  /** Null: none is written. */
  readonly namespace: string | null;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Where a place of the intent stands, such as `traffic.hosts[0]`, or the nearest that is there; '' is the release. */
  place(path: string): SourceLocation;
}

/**
 * The intents of a file; documents of other kinds are none of its business.
 * @throws ProblemError with every problem and its line
 */
export function readIntents(file: string, text: string): readonly IntentDocument[] {
  const ours = readStream(file, text).filter(isOurs);
  const problems = ours.flatMap((written) => shapeProblems(written));
  if (problems.length === 0) problems.push(...ours.flatMap((written) => namespaceProblems(written)));
  if (problems.length > 0) throw new ProblemError(problems);
  return ours.map(({ data, place }) => {
    const { kind, metadata, spec } = data as Pick<IntentDocument, 'kind' | 'spec'> & { metadata: { name: string; namespace?: string } };
    return { kind, name: metadata.name, namespace: metadata.namespace ?? null, spec, place: (path) => place(segmentsOf(path)) };
  });
}

function namespaceProblems({ data, place }: WrittenFile): readonly Problem[] {
  const { name, namespace } = (data as { metadata: { name: string; namespace?: string } }).metadata;
  const message = namespace === undefined ? null : dnsLabelProblem(namespace, 'namespace');
  return message === null ? [] : [{ message: `${message}.`, path: `${name}.namespace`, at: place(['metadata', 'namespace']) }];
}

function isOurs({ data }: WrittenFile): boolean {
  const { apiVersion, kind } = Object(data) as { apiVersion?: unknown; kind?: unknown };
  return KINDS.some((one) => one === kind) || (typeof apiVersion === 'string' && apiVersion.startsWith('tidegate.dev/'));
}

function shapeProblems(written: WrittenFile): readonly Problem[] {
  const { kind } = written.data as { kind?: unknown };
  const known = KINDS.find((one) => one === kind) ?? KIND;
  if (typeof kind === 'string' && kind !== known) {
    const meant = nearest(kind, KINDS);
    const message = `there is no kind '${kind}' in ${API_VERSION}${meant ? `; did you mean '${meant}'?` : '.'}`;
    return [{ message, path: 'kind', at: written.place(['kind']) }];
  }
  const { metadata, spec } = Object(written.data);
  const name = typeof metadata?.name === 'string' ? metadata.name : 'spec';
  const form = known === KIND && Object(spec).defaults !== undefined ? 'IntentOnDefaults' : known;
  return differences(written, FORMS[form]).map((problem) => {
    const told = problem.path === 'spec.workload' ? { ...problem, ...workloadProblem(spec.workload), path: problem.path } : problem;
    // As of an intent in TypeScript, which has no document around it.
    return told.path === undefined ? told : { ...told, path: told.path.replace(/^spec(?=[.[])/, () => name) };
  });
}

/** Checks name places as they are in TypeScript, where name and namespace stand beside the intent. */
function segmentsOf(path: string): readonly string[] {
  const segments = readPath(path);
  if (segments.length === 0) return ['metadata', 'name'];
  return segments.length === 1 && segments[0] === 'namespace' ? ['metadata', 'namespace'] : ['spec', ...segments];
}
