import type { Container } from './pods.ts';
import { at, fieldsAt, isFields, listAt, numberAt, textAt } from './shape.ts';

export const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;
export type ProbeName = (typeof PROBES)[number];

/** A probe with the defaults of Kubernetes filled in; times in seconds. */
export interface Probe {
  readonly name: ProbeName;
  /** Path in the object. */
  readonly path: readonly string[];
  readonly value: Readonly<Record<string, unknown>>;
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  readonly failureThreshold: number;
}

/** A probe of a container; null where it has none. */
export function probeOf({ value, path }: Container, name: ProbeName): Probe | null {
  const probe = fieldsAt(value, name);
  if (!isFields(at(value, name))) return null;
  return {
    name,
    path: [...path, name],
    value: probe,
    initialDelay: numberAt(probe, 'initialDelaySeconds') ?? 0,
    period: numberAt(probe, 'periodSeconds') ?? 10,
    timeout: numberAt(probe, 'timeoutSeconds') ?? 1,
    failureThreshold: numberAt(probe, 'failureThreshold') ?? 3,
  };
}

/** Seconds of failure until the probe acts. */
export const patience = ({ period, failureThreshold }: Probe): number => period * failureThreshold;

/** What a probe asks, in words that are equal where the question is; a port by name and by number is one. */
export function questionOf({ value }: Probe, container: Container): string {
  const { httpGet, tcpSocket, grpc, exec } = value;
  if (httpGet !== undefined) {
    const path = textAt(httpGet, 'path') ?? '/';
    return `GET ${path.startsWith('/') ? path : `/${path}`} on port ${portOf(at(httpGet, 'port'), container)}`;
  }
  if (tcpSocket !== undefined) return `a connection to port ${portOf(at(tcpSocket, 'port'), container)}`;
  if (grpc !== undefined) return `gRPC health of '${textAt(grpc, 'service') ?? ''}' on port ${portOf(at(grpc, 'port'), container)}`;
  return `the command ${JSON.stringify(at(exec, 'command') ?? null)}`;
}

function portOf(port: unknown, { value }: Container): string {
  const declared = listAt(value, 'ports').find((one) => textAt(one, 'name') === port);
  return String(numberAt(declared, 'containerPort') ?? port);
}
