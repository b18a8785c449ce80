import { revisionSelector } from '../../lock/labels.ts';
import { isExternal, type Lock, type Revision } from '../../lock/lock.ts';
import { servicePorts } from '../../lock/revision.ts';
import type { KubeObject } from '../../schema/index.ts';
import { adoptedService } from './adopted.ts';
import { type Owner, releaseMeta } from './metadata.ts';
import { names } from './names.ts';

/**
 * Services by role, for callers that know no router and for people. None of them is a destination of the route, which
 * names revisions: a selector that is applied before or after it must not decide who gets requests.
 */
export function roleServices(
  { stable, inFlight, portNames }: Pick<Lock, 'stable' | 'inFlight' | 'portNames'>,
  owner: Owner,
): readonly KubeObject[] {
  const { release } = owner;
  const candidate = inFlight?.candidate ?? null;
  if (isExternal(stable))
    return [
      ...adoptedService(stable, owner),
      ...(candidate === null ? [] : [roleService(names.candidateService(release), candidate, owner)]),
    ];
  return [
    withPortNames(roleService(release, stable, owner), portNames ?? {}),
    roleService(names.stableService(release), stable, owner),
    roleService(names.candidateService(release), candidate ?? stable, owner),
  ];
}

function roleService(name: string, revision: Revision, owner: Owner): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: releaseMeta(owner, name),
    spec: {
      type: 'ClusterIP',
      selector: revisionSelector(owner.release, revision.name),
      ports: servicePorts(revision),
    },
  };
}

/** A port has no name only where it is the only one. */
function withPortNames(service: KubeObject, portNames: Readonly<Record<string, string>>): KubeObject {
  const ports = servicePorts({ objects: { service } }) as readonly { readonly name: string; readonly port: number }[];
  const named = ports.map(({ name, ...port }) => {
    const kept = portNames[port.port] ?? name;
    return kept === '' && ports.length === 1 ? port : { name: kept || name, ...port };
  });
  return { ...service, spec: { ...(service.spec as object), ports: named } };
}
