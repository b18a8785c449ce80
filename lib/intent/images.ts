import { isScalar, parseDocument } from 'yaml';
import { dottedPath } from '../schema/explain.ts';
import { nearest, type Problem, ProblemError, type SourceLocation } from '../schema/index.ts';
import { attempt } from './check/problem.ts';
import { formatImage, type Image, parseImage } from './image.ts';
import { dnsLabelProblem, releaseNameProblem } from './names.ts';
import { readWritten } from './read-written.ts';
import type { ReleaseIntent } from './release.ts';

/** Where bots write digests: one line for each release, apart from what people write. */
export const IMAGES_FILE = 'images.yaml';

/** What `images.yaml` says: the image of every release that leaves the digest out of its intent. */
export interface WrittenImages {
  /** Image by release, on every target: `registry/repository[:tag]@sha256:...`. @default none */
  readonly images?: Readonly<Record<string, string>>;
  /** Image by target and release, in place of the one in `images`. @default none */
  readonly targets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** One line of `images.yaml`. */
export interface PlacedImage {
  readonly release: string;
  /** Null: every target that has no line of its own. */
  readonly target: string | null;
  readonly image: Image;
  readonly place: SourceLocation;
}

const byRelease = { type: ['object', 'null'], additionalProperties: { type: 'string', title: 'an image by digest' } } as const;

/** JSON Schema of `images.yaml`: unknown keys are errors. */
export const IMAGES_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: { images: byRelease, targets: { type: ['object', 'null'], additionalProperties: byRelease } },
} as const;

/**
 * Reads `images.yaml`; null or an empty file holds none.
 * @throws ProblemError with every problem and its line
 */
export function readImages(source: string | null): readonly PlacedImage[] {
  if (source === null || source.trim() === '') return [];
  const { data, place } = readWritten(IMAGES_FILE, source, IMAGES_SCHEMA);
  const { images, targets } = data as { readonly [K in keyof WrittenImages]?: WrittenImages[K] | null };
  const problems: Problem[] = [];
  const wrong = (segments: readonly string[], message: string) =>
    problems.push({ message: `${message.replace(/\.$/, '')}.`, path: dottedPath(segments), at: place(segments) });
  const read = (target: string | null, above: readonly string[], written: WrittenImages['images'] | null) =>
    Object.entries(written ?? {}).flatMap(([release, text]): PlacedImage[] => {
      const segments = [...above, release];
      const name = releaseNameProblem(release);
      if (name !== null) wrong(segments, name);
      const { value: image, refusal } = attempt(() => parseImage(text));
      if (refusal !== null) wrong(segments, refusal);
      return image === null ? [] : [{ release, target, image, place: place(segments) }];
    });
  const placed = [
    ...read(null, ['images'], images),
    ...Object.entries(targets ?? {}).flatMap(([target, written]) => {
      const name = dnsLabelProblem(target, 'target');
      if (name !== null) wrong(['targets', target], name);
      return read(target, ['targets', target], written);
    }),
  ];
  if (problems.length > 0) throw new ProblemError(problems);
  return placed;
}

/** The line that speaks for a release on a target; null where there is none. */
export function imageOn(images: readonly PlacedImage[], release: string, target: string): PlacedImage | null {
  const own = images.filter((entry) => entry.release === release);
  return own.find((entry) => entry.target === target) ?? own.find((entry) => entry.target === null) ?? null;
}

/** Whether an intent says itself what runs, so that no line of `images.yaml` can. */
export const isPinned = ({ image }: Pick<ReleaseIntent, 'image'>): boolean => image.includes('@');

/**
 * The intent with the image that `images.yaml` has for it: the intent says which repository, the file which digest.
 * @throws ProblemError where the two contradict each other
 */
export function withImage(intent: ReleaseIntent, entry: PlacedImage | null): ReleaseIntent {
  if (entry === null || isPinned(intent)) return intent;
  const { value: named, refusal } = attempt(() => parseImage(`${intent.image}@${entry.image.digest}`));
  if (refusal !== null) throw new ProblemError([{ message: refusal, path: 'image' }]);
  const contradiction = (what: string, written: string, own: string) =>
    new ProblemError([
      {
        message: `${what} '${written}' of release '${entry.release}' is not '${own}', which its intent names.`,
        at: entry.place,
        help: 'Where an image comes from is reviewed in the intent; change it in both, or correct one.',
      },
    ]);
  if (named.repository !== entry.image.repository) throw contradiction('repository', entry.image.repository, named.repository);
  const { tag } = entry.image;
  if (named.tag !== null && tag !== null && named.tag !== tag) throw contradiction('tag', tag, named.tag);
  return { ...intent, image: formatImage({ ...entry.image, tag: tag ?? named.tag }) };
}

/** What a bot asks for: another digest, and another tag where it names one. */
export interface NewImage {
  readonly release: string;
  /** Null: the line for every target. */
  readonly target: string | null;
  /** Null: the tag stays. */
  readonly tag: string | null;
  readonly digest: string;
}

/** The file with one image changed and every other byte as it was. */
export interface ChangedImage {
  readonly text: string;
  readonly before: string;
  readonly after: string;
  readonly place: SourceLocation;
}

/**
 * Changes one image of `images.yaml`.
 * @param source the file; null where there is none
 * @param known releases that exist, for a suggestion
 * @throws ProblemError where the file is wrong, or has no such line
 */
export function changeImage(source: string | null, { release, target, tag, digest }: NewImage, known: readonly string[]): ChangedImage {
  const entries = readImages(source);
  const entry = entries.find((one) => one.release === release && one.target === target);
  if (source === null || entry === undefined) throw new ProblemError([missingLine(entries, release, target, known)]);
  const before = formatImage(entry.image);
  const after = formatImage({ ...entry.image, tag: tag ?? entry.image.tag, digest });
  parseImage(after);
  const node = parseDocument(source).getIn(target === null ? ['images', release] : ['targets', target, release], true);
  if (!isScalar(node) || !node.range || !['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'].includes(String(node.type)))
    throw new ProblemError([
      { message: `the image of '${release}' is not on one line.`, at: entry.place, help: `Write it as \`${release}: ${before}\`.` },
    ]);
  const [start, end] = node.range;
  const quote = node.type === 'PLAIN' ? '' : source.charAt(start);
  return { text: `${source.slice(0, start)}${quote}${after}${quote}${source.slice(end)}`, before, after, place: entry.place };
}

function missingLine(entries: readonly PlacedImage[], release: string, target: string | null, known: readonly string[]): Problem {
  const own = entries.filter((entry) => entry.release === release);
  const where = target === null ? '' : ` for target '${target}'`;
  const line = target === null ? 'images:' : `targets: ${target}:`;
  const message = `${IMAGES_FILE} has no image of release '${release}'${where}`;
  if (own.length > 0) {
    const others = own.map((entry) => (entry.target === null ? 'without --target' : `with --target ${entry.target}`));
    return { message: `${message}.`, help: `It can be set ${others.join(', ')}; for another line, write one below \`${line}\`.` };
  }
  const meant = nearest(
    release,
    [...entries.map((entry) => entry.release), ...known].filter((name) => name !== release),
  );
  return {
    message: `${message}${meant && !known.includes(release) ? `; did you mean '${meant}'?` : '.'}`,
    help: `Leave the digest out of the intent and write \`${release}: REPOSITORY:TAG@sha256:...\` below \`${line}\` in ${IMAGES_FILE}.`,
  };
}
