import { type Invocation, textOption, UsageError } from '../command.ts';
import type { Where } from './locked.ts';

/** Options of every command that speaks with a cluster. */
export const CLUSTER_OPTIONS = {
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  target: { type: 'string' },
} as const;

/** Options of every command with which a person says something. */
export const SPEAKER_OPTIONS = { by: { type: 'string' }, reason: { type: 'string' }, format: { type: 'string' } } as const;

export const CLUSTER_HELP = `  -n, --namespace NS     the release's namespace (default: its lock's, then the kubeconfig's)
  --target T             refuse where the cluster runs the release for another target
  --kubeconfig FILE      how to reach the cluster (default $KUBECONFIG, then ~/.kube/config)
  --context C            context of the kubeconfig (default its current one)`;

export const SPEAKER_HELP = `  --reason TEXT          why; kept in the record
  --by NAME              who (default git's user.email, then the kubeconfig's user, then $USER)`;

/** The one release that a command is about, and where. @throws UsageError */
export function whereOf(invocation: Invocation, command: string, more = 0): Where {
  const [release, ...rest] = invocation.positionals;
  if (release === undefined) throw new UsageError(`${command} takes a release: tidegate ${command} RELEASE`);
  if (rest.length > more) throw new UsageError(`${command} takes no '${rest[more]}'; \`tidegate ${command} --help\` shows what it takes`);
  return { release, target: textOption(invocation, 'target'), namespace: textOption(invocation, 'namespace') };
}

/** Another command for the same release in the same place, to be copied from the screen. */
export function commandFor(command: string, release: string, invocation: Invocation): string {
  const options = Object.keys(CLUSTER_OPTIONS).flatMap((name) => {
    const value = textOption(invocation, name);
    return value === null ? [] : [`--${name}`, /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`];
  });
  return ['tidegate', command, release, ...options].join(' ');
}
