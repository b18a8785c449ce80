import { LineCounter, parseDocument } from 'yaml';
import { checkData } from '../schema/check.ts';
import { dottedPath } from '../schema/explain.ts';
import { ProblemError, type SourceLocation } from '../schema/index.ts';
import type { WalkedKeywords } from '../schema/matches.ts';

/** Content of a YAML file that a person wrote, and where in the file each part of it stands. */
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
  const document = parseDocument(source, { strict: true, uniqueKeys: true, lineCounter: lines });
  const at = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (document.errors.length > 0)
    throw new ProblemError(
      document.errors.map(({ message, pos }) => ({
        message: `${message.split('\n')[0]?.replace(/ at line .*$/, '')}.`,
        at: at(pos[0]),
        help: 'The file must be plain YAML.',
      })),
    );
  const data = withoutAliases(document, file);
  const place = (segments: readonly string[]) => {
    for (let length = segments.length; length >= 0; length--) {
      const node = document.getIn(segments.slice(0, length), true);
      if (node !== null && typeof node === 'object' && 'range' in node && Array.isArray(node.range)) return at(Number(node.range[0]));
    }
    return at(0);
  };
  const segmentsOf = new Map<string, readonly string[]>();
  const problems = checkData(schema, data, {
    path: (segments) => {
      segmentsOf.set(dottedPath(segments), segments);
      return dottedPath(segments);
    },
  });
  if (problems.length > 0)
    throw new ProblemError(problems.map((problem) => ({ ...problem, at: place(segmentsOf.get(problem.path ?? '') ?? []) })));
  return { data, place };
}

function withoutAliases(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    throw new ProblemError([{ message: 'the file uses a YAML alias.', at: { file, line: 1, column: 1 }, help: 'Write the value out.' }]);
  }
}
