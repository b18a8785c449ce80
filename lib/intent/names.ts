const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const LONGEST_RELEASE = 40; // leaves room for `-runner-`, `-smoke-` and hashes within the 63 characters of a label

/** Why `name` cannot name a release, or null when it can. Its Services begin with it, and a Service's name with a letter (RFC 1035). */
export function releaseNameProblem(name: string): string | null {
  if (name.length > LONGEST_RELEASE) return `a release name has at most ${LONGEST_RELEASE} characters, '${name}' has ${name.length}`;
  if (/^[0-9]/.test(name)) return `release name '${name}' must begin with a letter, as the names of its Services do`;
  return dnsLabelProblem(name, 'release name');
}

/** Why `name` is no DNS label (RFC 1123), or null when it is one. */
export function dnsLabelProblem(name: string, what: string): string | null {
  if (name.length > 63) return `${what} '${name}' is longer than 63 characters`;
  return DNS_LABEL.test(name)
    ? null
    : `${what} '${name}' must be lower-case letters, digits and '-', and begin and end with a letter or digit`;
}

/** Suffixes that Tidegate appends to a release name for its own objects. */
export const RESERVED_SUFFIXES = ['stable', 'canary', 'runner'] as const;
