import { type Document, LineCounter, parseAllDocuments, parseDocument, visit } from 'yaml';
import { checkData } from '../schema/check.ts';
import { dottedPath } from '../schema/explain.ts';
import { type Problem, ProblemError, type SourceLocation } from '../schema/index.ts';
import type { WalkedKeywords } from '../schema/matches.ts';

/** Content of a YAML file that a person wrote, or of one document in it, and where in the file each part of it stands. */
export interface WrittenFile {
  readonly data: unknown;
  /** The nearest place that is there, for one that is missing. */
  place(segments: readonly string[]): SourceLocation;
}

/**
 * Reads a file that people write; an empty one is an empty map.
 * @throws ProblemError with every problem and its line, where it is no plain YAML or differs from its schema
 */
export function readWritten(file: string, source: string, schema: WalkedKeywords): WrittenFile {
  const lines = new LineCounter();
  const written = opened(file, lines, () => [parseDocument(source, { ...STRICT, lineCounter: lines })])[0] ?? nothing(file);
  const problems = differences(written, schema);
  if (problems.length > 0) throw new ProblemError(problems);
  return written;
}

/**
 * Reads every document of a file, whatever each holds.
 * @throws ProblemError with every problem and its line, where it is no plain YAML
 */
export function readStream(file: string, source: string): readonly WrittenFile[] {
  const lines = new LineCounter();
  return opened(file, lines, () => [...parseAllDocuments(source, { ...STRICT, lineCounter: lines })]);
}

/** In what a file, or a document of it, differs from a schema, each with its line. */
export function differences({ data, place }: WrittenFile, schema: WalkedKeywords): readonly Problem[] {
  const segmentsOf = new Map<string, readonly string[]>();
  const problems = checkData(schema, data, {
    path: (segments) => {
      segmentsOf.set(dottedPath(segments), segments);
      return dottedPath(segments);
    },
  });
  return problems.map((problem) => ({ ...problem, at: place(segmentsOf.get(problem.path ?? '') ?? []) }));
}

const STRICT = { strict: true, uniqueKeys: true } as const;

function opened(file: string, lines: LineCounter, parse: () => readonly Document[]): readonly WrittenFile[] {
  const at = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents = withinReason(file, () => {
    const parsed = parse();
    // The parser notes it once for each level.
    if (parsed.some(({ errors }) => errors.some(({ message }) => /call stack/.test(message)))) throw new RangeError('too deep');
    return parsed;
  });
  const problems = documents.flatMap((document) => [...faults(document, at)]);
  if (problems.length > 0) throw new ProblemError(problems);
  return documents.map((document) => ({
    data: withinReason(file, () => document.toJS({ maxAliasCount: 0 })) ?? {},
    place: (segments) => {
      for (let length = segments.length; length >= 0; length--) {
        const node = document.getIn(segments.slice(0, length), true);
        if (node !== null && typeof node === 'object' && 'range' in node && Array.isArray(node.range)) return at(Number(node.range[0]));
      }
      return at(document.range?.[0] ?? 0);
    },
  }));
}

function* faults(document: Document, at: (offset: number) => SourceLocation): Generator<Problem, void> {
  for (const { message, pos } of [...document.errors, ...document.warnings])
    yield {
      message: `${message
        .split('\n')[0]
        ?.replace(/ at line .*$/, '')
        .replace(/\.$/, '')}.`,
      at: at(pos[0]),
      help: 'The file must be plain YAML.',
    };
  const aliases: number[] = [];
  visit(document, {
    Alias: (_, { range }) => {
      aliases.push(range?.[0] ?? 0);
      return visit.BREAK;
    },
  });
  for (const offset of aliases) yield { message: 'the file uses a YAML alias.', at: at(offset), help: 'Write the value out.' };
}

/** A parser that calls itself for each level ends where the stack does. */
function withinReason<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProblemError([
      { message: 'the file is nested too deeply.', at: { file, line: 1, column: 1 }, help: 'The file must be plain YAML.' },
    ]);
  }
}

const nothing = (file: string): WrittenFile => ({ data: {}, place: () => ({ file, line: 1, column: 1 }) });
