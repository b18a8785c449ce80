const REPOSITORY =
  /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[a-f0-9]{64}$/;

/** A container image pinned by digest: `registry/repository[:tag]@sha256:<64 hex digits>`. */
export interface Image {
  readonly repository: string;
  /** The tag, for people: what is pulled is the digest. */
  readonly tag: string | null;
  readonly digest: string;
}

/**
 * @throws RangeError when the reference is malformed or names no digest, with how to find one
 * @see https://github.com/distribution/reference
 */
export function parseImage(reference: string): Image {
  const [named = '', digest, ...more] = reference.split('@');
  if (digest === undefined)
    throw new RangeError(
      `image '${reference}' has no digest: what was tested must be what runs. Write '${reference}@sha256:...' (docker buildx imagetools inspect ${reference})`,
    );
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const repository = tagged ? named.slice(0, colon) : named;
  const tag = tagged ? named.slice(colon + 1) : null;
  if (more.length > 0 || !REPOSITORY.test(repository) || (tag !== null && !TAG.test(tag)))
    throw new RangeError(`image '${reference}' is not of the form registry/repository[:tag]@sha256:<digest>`);
  if (!DIGEST.test(digest))
    throw new RangeError(`image '${reference}': the digest must be sha256: and 64 lower-case hex digits, not '${digest}'`);
  return { repository, tag, digest };
}

/** The reference that is written into manifests; the tag stays, for readers. */
export function formatImage(image: Image): string {
  return `${image.repository}${image.tag === null ? '' : `:${image.tag}`}@${image.digest}`;
}
