// Whether what is run is what was reviewed: a file beside the program of every runner, loaded before anything else.
import { readdirSync, readFileSync } from 'node:fs';
import { shortHash } from '../../plan/hash.ts';

const FOLDER = new URL('./', import.meta.url);

/**
 * What is wrong with the files beside this one, or null. It finds what was edited, mixed or half written; whoever edits a
 * ConfigMap on purpose can edit this file as well, and `tidegate status` finds that.
 * @param expected the hash that the Deployment was rendered with
 */
export function changed(expected: string, folder: URL = FOLDER): string | null {
  const names = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  const actual = shortHash(Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')])));
  return actual === expected
    ? null
    : `the program in ${folder.pathname} hashes to ${actual}, and its Deployment was rendered for ${expected}: delete its ConfigMap …-runner-${expected}, so that Git brings it back, then this pod`;
}
