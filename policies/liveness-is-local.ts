import { callsOf } from '../lib/policy/commands.ts';
import { type Container, podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import { type Probe, probeOf } from '../lib/policy/probes.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, textAt } from '../lib/policy/shape.ts';
import { CONTAINER, deployment } from './example.ts';

/** Paths that, by custom, answer for what the program depends on as well. */
const DEEP = /\/(?:ready|readyz|readiness|deep|dependenc(?:y|ies)|db|database|full|downstreams?)(?:[/?]|$)/i;
const LOCAL = /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0|\$\{?\(?(?:HOSTNAME|POD_IP|MY_POD_IP)\)?\}?)$/;
/** Programs that ask a server over the network, and the option that names it. */
const CLIENTS: Readonly<Record<string, string>> = {
  pg_isready: '-h',
  psql: '-h',
  mysqladmin: '-h',
  mysql: '-h',
  'redis-cli': '-h',
};

export const livenessIsLocal: Rule = {
  id: 'liveness-is-local',
  holds: 'liveness does not depend on other services',
  severity: 'warning',
  graver: true,
  kinds: SERVING,
  why: 'When the database is slow, a liveness probe that asks it restarts every pod at once, and a restart does not mend the database. In a release it looks as if the candidate had failed.',
  fix: 'Let liveness ask only whether this process is alive; let readiness ask for what it depends on.',
  examples: [
    {
      title: 'liveness asks the readiness endpoint',
      yaml: deployment({ container: 'livenessProbe:\n  httpGet:\n    path: /health/ready\n    port: 8080' }),
      finds: [`${CONTAINER}/livenessProbe/httpGet/path`],
    },
    {
      title: 'liveness asks the database',
      yaml: deployment({ container: 'livenessProbe:\n  exec:\n    command: [pg_isready, -h, db.shop]' }),
      finds: [`${CONTAINER}/livenessProbe/exec/command`],
    },
    {
      title: 'liveness asks the process',
      yaml: deployment({ container: 'livenessProbe:\n  httpGet:\n    path: /healthz\n    port: 8080' }),
      finds: [],
    },
  ],
  *check(entry) {
    for (const container of podTemplateOf(entry)?.containers ?? []) {
      const probe = probeOf(container, 'livenessProbe');
      const dependence = probe && dependenceOf(probe, container);
      if (dependence)
        yield { path: [...probe.path, ...dependence.field], message: `liveness of container '${container.name}' ${dependence.says}.` };
    }
  },
};

function dependenceOf({ value }: Probe, container: Container): { readonly field: readonly string[]; readonly says: string } | null {
  for (const kind of ['httpGet', 'tcpSocket']) {
    const host = textAt(value, kind, 'host');
    if (host !== null && !LOCAL.test(host)) return { field: [kind, 'host'], says: `asks the host '${host}'` };
  }
  const path = textAt(value, 'httpGet', 'path');
  if (path !== null && DEEP.test(path))
    return { field: ['httpGet', 'path'], says: `asks '${path}', which by its name answers for other services too` };
  const host = askedHost(at(value, 'exec', 'command'), container);
  return host === null ? null : { field: ['exec', 'command'], says: `runs a command that asks the host '${host}'` };
}

/** The host that a command asks over the network, where that is another one. */
function askedHost(command: unknown, container: Container): string | null {
  for (const { words } of callsOf({ ...container, value: { command } })) {
    const [program = '', ...rest] = words;
    const name = program.slice(program.lastIndexOf('/') + 1);
    const option = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined;
    const named = option === undefined ? undefined : rest[rest.indexOf(option) + 1];
    const host = option !== undefined && rest.includes(option) ? named : urlHost(name, rest);
    if (host !== undefined && host !== null && !LOCAL.test(host)) return host;
  }
  return null;
}

function urlHost(program: string, words: readonly string[]): string | null {
  if (program !== 'curl' && program !== 'wget') return null;
  for (const word of words) {
    const host = /^https?:\/\/([^/:?#]+)/.exec(word)?.[1];
    if (host !== undefined) return host;
  }
  return null;
}
