import { execFileSync } from 'node:child_process';
import { UsageError } from '../command.ts';

const LONGEST = 500;

/**
 * Who gives an order: as told, else as commits are signed, else as the cluster is logged in to, else as this machine knows.
 * @param kubeconfigUser null where no kubeconfig was read
 * @throws UsageError where nobody is known, or the name is too long for the record
 */
export function person(by: string | null, kubeconfigUser: string | null, env: NodeJS.ProcessEnv = process.env): string {
  const known = (by ?? (gitEmail() || kubeconfigUser || env.USER || env.USERNAME || '')).trim();
  if (known === '') throw new UsageError(by === null ? 'nobody knows who you are: name yourself with --by' : '--by is empty');
  return short(known, '--by');
}

/** @throws UsageError where it would be cut off in the record */
export function reason(given: string | null): string {
  return short((given ?? '').trim(), '--reason');
}

function short(text: string, option: string): string {
  const { length } = text;
  if (length > LONGEST) throw new UsageError(`${option} has ${length} characters; the record keeps ${LONGEST}`);
  return text;
}

function gitEmail(): string {
  try {
    return execFileSync('git', ['config', 'user.email'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return ''; // no git, or it knows nobody
  }
}
