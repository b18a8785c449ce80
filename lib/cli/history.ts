import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cwd } from 'node:process';
import { Project } from '../constructs/project.ts';
import { type History, history } from '../gitops/history.ts';
import { historyJson, historyMarkdown, historyText } from '../gitops/history-views.ts';
import { type CommittedRecord, type RecordKey, readRecord, recordPath } from '../gitops/release-record.ts';
import { type LockKey, readLock } from '../lock/read.ts';
import { nearest, type Problem, ProblemError } from '../schema/index.ts';
import { type Command, formatOption, type Invocation, textOptions, UsageError } from './command.ts';
import { gitView } from './history-git.ts';

export const historyCommand: Command = {
  name: 'history',
  summary: 'who released what, when, and how it ended',
  help: `Usage: tidegate history RELEASE [--target T] [--format text|json|markdown]

Tells each attempt to release, the newest first, from the release records, the lock and git: who put it in flight, from
which revision to which, how far it got and how it ended, what its gates said, who approved. Then the four figures of
DORA, each with the number of releases that it is made of: lead time, frequency, change failure rate, time to restore.
What cannot be known, without git or in a shallow clone, is said. Reads; writes nothing and asks no cluster.

Options:
  --target T                     only this target; may be given several times
  --format text|json|markdown    text (default), JSON, or Markdown

Examples:
  tidegate history web
  tidegate history web --target production --format json | jq .targets[0].figures
`,
  options: { format: { type: 'string' }, target: { type: 'string', multiple: true } },
  run: async (invocation) => historyIn(cwd(), invocation),
};

/** @param directory folder of the project */
export function historyIn(directory: string, invocation: Invocation): number {
  const [release, ...more] = invocation.positionals;
  if (release === undefined || more.length > 0) throw new UsageError('history takes one release: tidegate history RELEASE');
  const format = formatOption(invocation, ['text', 'json', 'markdown']);
  const targets = textOptions(invocation, 'target');
  const project = new Project({ directory });
  const wanted = (target: string) => targets.length === 0 || targets.includes(target);
  const places = recordPlaces(directory);
  const locks = project.lockKeys().filter((key) => key.release === release && wanted(key.target));
  const records = readRecords(
    directory,
    places.filter((place) => place.release === release && wanted(place.target)),
  );
  const keys = keysOf(release, locks, records);
  if (keys.length === 0) throw unknown(release, targets, [...project.lockKeys(), ...places]);
  const notes = new Set<string>();
  const histories = keys.map((key): History => {
    const view = gitView(directory, key, `releases/${key.target}/${release}`);
    for (const note of view.notes) notes.add(note);
    const lock = project.lockText(key);
    const gone = view.reverted
      .flatMap(({ plan, text }) => readable(text, recordPath(key, plan), { ...key, plan }))
      .filter(({ namespace }) => namespace === key.namespace);
    return history({
      ...key,
      lock: lock === null ? null : readLock(lock, key),
      records: [...records.filter(({ target, namespace }) => target === key.target && namespace === key.namespace), ...gone],
      git: view.facts,
    });
  });
  const { io } = invocation;
  if (format === 'json') io.out(historyJson(histories, [...notes]));
  else io.out(format === 'markdown' ? historyMarkdown(histories) : historyText(histories, io));
  for (const note of notes) io.err(`Note: ${note}\n`);
  return 0;
}

/** `releases/<target>/<release>/<plan>.json`. */
function recordPlaces(directory: string): readonly RecordKey[] {
  const below = (...path: readonly string[]) => {
    try {
      return readdirSync(join(directory, 'releases', ...path)).sort();
    } catch {
      return []; // nothing was recorded, or a file lies where a folder could
    }
  };
  return below().flatMap((target) =>
    below(target).flatMap((release) =>
      below(target, release).flatMap((file) => (file.endsWith('.json') ? [{ target, release, plan: file.slice(0, -'.json'.length) }] : [])),
    ),
  );
}

/** @throws ProblemError with everything that is wrong with any of them */
function readRecords(directory: string, places: readonly RecordKey[]): readonly CommittedRecord[] {
  const problems: Problem[] = [];
  const records = places.flatMap((place) => {
    const file = recordPath(place, place.plan);
    try {
      return [readRecord(readFileSync(join(directory, file), 'utf8'), file, place)];
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new ProblemError(problems);
  return records;
}

/** Nobody can mend what is in a commit. */
function readable(text: string, place: string, key: RecordKey): readonly CommittedRecord[] {
  try {
    return [readRecord(text, place, key)];
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

/** Where it is or was: a release that went has records and no lock. */
function keysOf(release: string, locks: readonly LockKey[], records: readonly CommittedRecord[]): readonly LockKey[] {
  const all = [...locks, ...records.map(({ target, namespace }) => ({ target, namespace, release }))];
  const byPlace = new Map(all.map(({ target, namespace }) => [`${target}/${namespace}`, { target, namespace, release }]));
  return [...byPlace].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

function unknown(
  release: string,
  targets: readonly string[],
  known: readonly { readonly release: string; readonly target: string }[],
): UsageError {
  const elsewhere = [...new Set(known.filter((one) => one.release === release).map(({ target }) => target))];
  if (elsewhere.length > 0)
    return new UsageError(`release '${release}' is on ${elsewhere.join(', ')}, and was never on ${targets.join(', ')}`);
  const names = [...new Set(known.map((one) => one.release))].sort();
  const meant = nearest(release, names);
  return new UsageError(
    `there is neither a lock nor a record of release '${release}'${meant ? `; did you mean '${meant}'?` : ''}${names.length > 0 ? ` (known: ${names.join(', ')})` : ': lock/ and releases/ hold none'}`,
  );
}
