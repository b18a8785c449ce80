import type { Signer } from './plan.ts';
import { NAMESPACE } from './signing.ts';
import { readSshKey } from './ssh.ts';

/** What is wrong with a line, counted from 1; 0: with the whole. */
export interface SignerProblem {
  readonly line: number;
  readonly message: string;
}

/**
 * Reads the format of OpenSSH's allowed_signers file (ssh-keygen(1)): who may sign, with which key, from when to when.
 * Lines whose `namespaces=` does not name approvals are for somebody else. Stricter where a plan must mean one thing: a key
 * is one person's, times are in UTC, and no key is vouched for by another.
 */
export function readAllowedSigners(text: string): { readonly signers: readonly Signer[]; readonly problems: readonly SignerProblem[] } {
  const signers: Signer[] = [];
  const problems: SignerProblem[] = [];
  const known = new Map<string, number>();
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (/^\s*(?:#|$)/.test(written)) continue;
    try {
      const signer = readLine(written);
      if (signer === null) continue;
      const before = known.get(signer.key);
      if (before !== undefined) throw new Error(`the same key is in line ${before}: a key is one person's, and has one line`);
      known.set(signer.key, line);
      signers.push(signer);
    } catch (error) {
      problems.push({ line, message: (error as Error).message });
    }
  }
  if (signers.length === 0 && problems.length === 0)
    problems.push({ line: 0, message: `nobody may sign: no line is for namespace ${NAMESPACE}` });
  return { signers, problems };
}

/** Of a quoted word the quotes are no part; within them anything may stand. */
const WORD = /^\s*((?:"(?:[^"\\]|\\.)*"|[^\s"])+)/;

/** Null: it is for other signatures than those of approvals. */
function readLine(line: string): Signer | null {
  const words: string[] = [];
  for (let rest = line; ; ) {
    const word = WORD.exec(rest);
    if (word === null || words.length === 4) break;
    words.push(word[1] ?? '');
    rest = rest.slice(word[0].length);
  }
  const [principals = '', second = ''] = words;
  const isKey = /^(?:sk-)?(?:ssh|ecdsa)-[\w.@-]+$/.test(second);
  const [type = '', base64 = ''] = isKey ? words.slice(1) : words.slice(2);
  const by = unquoted(principals);
  const options = isKey ? new Map<string, string>() : readOptions(second);
  if (!matches(options.get('namespaces') ?? '*', NAMESPACE)) return null;
  if (type === '' || base64 === '') throw new Error("a line is `NAME [OPTIONS] TYPE KEY`, such as 'alice@example.com ssh-ed25519 AAAA…'");
  if (/[*?!,]/.test(by)) throw new Error(`'${by}' stands for several names, and whoever has the key could count as several: name one`);
  const blob = Buffer.from(base64, 'base64');
  if (blob.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) throw new Error(`the key of ${by} is no base64`);
  let key: string;
  try {
    key = readSshKey(blob).type;
  } catch (error) {
    throw new Error(`the key of ${by} cannot be used: ${(error as Error).message}`);
  }
  if (key !== type) throw new Error(`the key of ${by} is of type ${key}, and the line says ${type}`);
  return { by, key: blob.toString('base64'), ...timesOf(options) };
}

function readOptions(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/([\w-]+)(?:=(?:"([^"]*)"|([^",]*)))?(?:,|$)/g)];
  if (found.map(([whole]) => whole).join('') !== text) throw new Error(`options ${text} cannot be read`);
  return new Map(found.map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']));
}

function timesOf(options: ReadonlyMap<string, string>): Pick<Signer, 'validAfter' | 'validBefore'> {
  let times: Pick<Signer, 'validAfter' | 'validBefore'> = {};
  for (const [name, value] of options)
    switch (name) {
      case 'namespaces':
        break;
      case 'valid-after':
        times = { ...times, validAfter: timeOf(name, value) };
        break;
      case 'valid-before':
        times = { ...times, validBefore: timeOf(name, value) };
        break;
      case 'cert-authority':
        throw new Error('cert-authority is not taken: whom it vouches for would not stand in the plan. List each key');
      default:
        throw new Error(`option ${name} is unknown: namespaces, valid-after, valid-before`);
    }
  const { validAfter, validBefore } = times;
  if (validAfter !== undefined && validBefore !== undefined && validAfter >= validBefore)
    throw new Error(`the key is valid from ${validAfter} to ${validBefore}, which is never`);
  return times;
}

function timeOf(option: string, value: string): string {
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/.exec(value) ?? [];
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || time.toISOString() !== text)
    throw new Error(`${option}="${value}" is no time: write it as 20260105Z or 20260105093000Z`);
  if (zone !== 'Z') throw new Error(`${option}="${value}" is in the time zone of whoever reads it: end it with Z, for UTC`);
  return text;
}

const unquoted = (word: string): string => word.replace(/^"(.*)"$/, '$1');

/** A list of patterns as OpenSSH has them: `*` and `?`, and `!` for what is left out. */
function matches(list: string, name: string): boolean {
  const patterns = list.split(',').map((pattern) => pattern.trim());
  const fits = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    ).test(name);
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}
