import { declaredPorts, podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import { PROBES, probeOf } from '../lib/policy/probes.ts';
import { type Entry, nameOf } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { serviceSelector } from '../lib/policy/selector.ts';
import { at, indexed, listAt, textAt } from '../lib/policy/shape.ts';
import { CONTAINER, deployment, SERVICE } from './example.ts';

const serving = (port: number, probe = '') => deployment({ container: `ports:\n  - name: http\n    containerPort: ${port}\n${probe}` });
const probe = (port: string) => `readinessProbe:\n  httpGet:\n    path: /ready\n    port: ${port}\n`;

export const portsMatch: Rule = {
  id: 'ports-match',
  holds: 'the ports that Services and probes name exist on the container',
  severity: 'error',
  kinds: ['Service', ...SERVING],
  why: 'A Service whose targetPort no container has answers nothing, and a probe that asks such a port keeps every pod out of traffic: the release waits until its deadline.',
  fix: "Name a port of the container's `ports`, or add the port there.",
  examples: [
    {
      title: 'a Service for a port that the container does not have',
      yaml: serving(9090) + SERVICE,
      finds: ['/spec/ports/0/targetPort'],
    },
    {
      title: 'a probe of a port name that is not there',
      yaml: serving(8080, probe('web')),
      finds: [`${CONTAINER}/readinessProbe/httpGet/port`],
    },
    { title: 'ports that are there', yaml: serving(8080, probe('http')) + SERVICE, finds: [] },
    { title: 'a container that does not say which ports it has', yaml: deployment({}) + SERVICE, finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === 'Service') yield* ofService(entry, context);
    else yield* ofProbes(entry);
  },
};

function* ofService(entry: Entry, { set }: Context): Iterable<Complaint> {
  const selector = serviceSelector(entry.value);
  if (!selector) return;
  const workloads = set.select(selector, entry);
  for (const [index, port] of indexed(listAt(entry.value, 'spec', 'ports'))) {
    const target = at(port, 'targetPort') ?? at(port, 'port');
    const without = workloads.find((workload) => !hasPort(workload, target));
    if (without)
      yield {
        path: ['spec', 'ports', String(index), 'targetPort'],
        message: `sends requests to port ${words(target)}, which no container of ${nameOf(without.id)} has; it has ${portsOf(without)}.`,
      };
  }
}

/** A number may be open though nobody declares it; so it is missing only where others are declared. */
function hasPort(workload: Entry, target: unknown): boolean {
  const template = podTemplateOf(workload);
  const ports = template ? declaredPorts(template) : [];
  if (typeof target === 'string') return ports.some(({ name }) => name === target);
  return typeof target !== 'number' || ports.length === 0 || ports.some(({ port }) => port === target);
}

function portsOf(workload: Entry): string {
  const template = podTemplateOf(workload);
  return (
    (template ? declaredPorts(template) : []).map(({ name, port }) => (name === null ? String(port) : `'${name}' (${port})`)).join(', ') ||
    'none'
  );
}

function* ofProbes(entry: Entry): Iterable<Complaint> {
  for (const container of podTemplateOf(entry)?.containers ?? []) {
    const ports = listAt(container.value, 'ports');
    for (const name of PROBES) {
      const probe = probeOf(container, name);
      for (const kind of probe ? ['httpGet', 'tcpSocket', 'grpc'] : []) {
        const asked = at(probe?.value, kind, 'port');
        const missing =
          typeof asked === 'string'
            ? !/^\d+$/.test(asked) && !ports.some((port) => textAt(port, 'name') === asked)
            : typeof asked === 'number' && ports.length > 0 && !ports.some((port) => at(port, 'containerPort') === asked);
        if (probe && missing)
          yield {
            path: [...probe.path, kind, 'port'],
            message: `${name} of container '${container.name}' asks port ${words(asked)}, which the container does not have.`,
          };
      }
    }
  }
}

const words = (port: unknown): string => (typeof port === 'string' ? `'${port}'` : String(port));
