import { RESERVED_SUFFIXES } from '../intent/names.ts';
import type { ResolvedTraffic } from '../intent/resolved.ts';
import { describeObject, type Problem, type SourceLocation } from '../schema/index.ts';
import { checkObject } from '../schema/validate.ts';
import type { Collected, Manifest } from './collect.ts';

/** Which cluster each target is in. */
type Clusters = Readonly<Record<string, { readonly cluster: string }>>;

/** What only shows once everything is together: names, hosts and objects that collide, and objects no API server would take. */
export function checkTogether(collected: Collected, clusters: Clusters): readonly Problem[] {
  return [
    ...checkNames(collected),
    ...checkHosts(collected),
    ...checkUnique(collected.manifests, clusters),
    ...checkSchemas(collected.manifests),
  ];
}

function checkNames({ releases }: Collected): readonly Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, SourceLocation | null>();
  for (const { release, source } of releases) {
    const other = first.get(release.name);
    if (other !== undefined)
      problems.push({
        message: `release '${release.name}' is declared twice${other ? `, first at ${place(other)}` : ''}.`,
        ...at(source),
        help: 'Commands, locks and objects find a release by its name: rename one.',
      });
    else first.set(release.name, source);
  }
  for (const { release, source } of releases)
    for (const suffix of RESERVED_SUFFIXES) {
      const base = release.name.endsWith(`-${suffix}`) ? release.name.slice(0, -suffix.length - 1) : null;
      if (base !== null && first.has(base))
        problems.push({
          message: `release '${release.name}' takes the name of an object of release '${base}'.`,
          ...at(source),
          help: `Beside a release '${base}', '${base}-${suffix}' is its own: rename one.`,
        });
    }
  return problems;
}

function checkHosts({ releases }: Collected): readonly Problem[] {
  const problems: Problem[] = [];
  const taken = new Map<string, { release: string; traffic: ResolvedTraffic }[]>();
  for (const { release, source } of releases)
    for (const { target, lock } of release.targets) {
      const { traffic } = lock.resolved;
      for (const host of traffic.hosts)
        for (const gateway of traffic.gateways) {
          const key = [target, gateway.namespace, gateway.name, host].join(' ');
          const others = taken.get(key) ?? [];
          const rival = others.find((other) => other.release !== release.name && overlap(other.traffic, traffic));
          if (rival)
            problems.push({
              message: `host '${host}' on gateway ${gateway.namespace}/${gateway.name} is served by release '${rival.release}' and by release '${release.name}'.`,
              path: `${release.name}.traffic.hosts`,
              ...at(source),
              help: "Give each its own host, or `attach: 'shared'` and different `paths`.",
            });
          taken.set(key, [...others, { release: release.name, traffic }]);
        }
    }
  return problems;
}

/** Two routes of one host are apart only where both share it and no path of one is a path of the other. */
function overlap(a: ResolvedTraffic, b: ResolvedTraffic): boolean {
  return a.attach !== 'shared' || b.attach !== 'shared' || a.paths.some((path) => b.paths.includes(path));
}

function checkUnique(manifests: readonly Manifest[], clusters: Clusters): readonly Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, Manifest>();
  const shared = new Map<string, { readonly other: Manifest; readonly manifest: Manifest }>();
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest.object;
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const key = [clusters[manifest.target]?.cluster, group, kind, metadata.namespace ?? '', metadata.name].join(' ');
    const other = first.get(key);
    const toldByName = other?.release === manifest.release && manifest.release !== null;
    if (other && other.target !== manifest.target)
      shared.set([manifest.owner, other.target, manifest.target].join(' '), { other, manifest });
    else if (other && !toldByName)
      problems.push({
        message: `${describeObject(manifest.object)} is made twice for target '${manifest.target}'${other.source ? `, first at ${place(other.source)}` : ''}.`,
        ...at(manifest.source),
        help: 'One of the two would overwrite the other: rename or remove one.',
      });
    else first.set(key, manifest);
  }
  return [...problems, ...[...shared.values()].map(({ other, manifest }) => sharedProblem(other, manifest, clusters))];
}

/** Once for all objects of an owner: one remedy mends them. */
function sharedProblem(other: Manifest, manifest: Manifest, clusters: Clusters): Problem {
  return {
    message: `${describeObject(manifest.object)} is of target '${other.target}' and of target '${manifest.target}', which are both in cluster '${clusters[manifest.target]?.cluster}'.`,
    ...at(manifest.source),
    help: `Give one of them a namespace of its own: \`targets: { ${quotedKey(manifest.target)}: { namespace: ... } }\` in the intent.`,
  };
}

const quotedKey = (name: string): string => (/^[a-z]\w*$/.test(name) ? name : `'${name}'`);

function checkSchemas(manifests: readonly Manifest[]): readonly Problem[] {
  return manifests.flatMap(({ object, source }) =>
    checkObject(object).map((problem) => ({
      ...problem,
      message: `${describeObject(object)}: ${problem.message}`,
      ...at(source),
    })),
  );
}

const at = (source: SourceLocation | null): { at?: SourceLocation } => (source ? { at: source } : {});
const place = ({ file, line, column }: SourceLocation): string => `${file}:${line}:${column}`;
