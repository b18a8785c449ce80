import { names } from '../../engines/native/names.ts';
import { at } from '../../lock/revision.ts';
import { canonicalJson, shortHash } from '../../plan/hash.ts';
import { readOrders } from '../../plan/orders.ts';
import type { Plan } from '../../plan/plan.ts';
import { oneLine } from '../../plan/words.ts';
import { unproven, unsigned } from '../../runner/parts/signatures.ts';

/** An object of a release that is not as Git or its runner has left it. */
export interface Tampering {
  /** Kind and name. */
  readonly object: string;
  readonly why: string;
  /** What to do about it. */
  readonly help: string;
}

/** The objects of a plan in flight as they were read, null where they are not there. */
export interface Walked {
  readonly release: string;
  readonly namespace: string;
  /** Hash of the plan that Git has in flight. */
  readonly hash: string;
  readonly plan: unknown;
  readonly status: unknown;
  readonly approvals: unknown;
  readonly operator: unknown;
}

/** What shows that plan, status or approvals were tampered with: their hash, their digest, their signatures. */
export function tamperings(walked: Walked): readonly Tampering[] {
  const { release, hash } = walked;
  const { hash: _, ...plan } = Object(json(walked.plan, 'plan.json')) as Plan & { readonly hash: unknown };
  if (walked.plan !== null && shortHash(plan) !== hash) {
    const object = `ConfigMap ${names.plan(release, hash)}`;
    const help = `The release then begins anew, also one that a person has aborted: revert that in Git first. ${broughtBack(object, walked.namespace)}`;
    return [{ object, why: `its plan hashes to ${shortHash(plan)}: it was edited`, help }];
  }
  return [...statusTamperings(walked, plan), ...approvalTamperings(walked, plan)];
}

function statusTamperings({ release, hash, status, plan: configMap }: Walked, plan: Plan): readonly Tampering[] {
  const { digest, ...written } = Object(json(status, 'status.json'));
  // One of another version may be digested otherwise.
  if ((written.version !== 2 && written.version !== 3) || written.plan !== hash) return [];
  const why =
    digest !== shortHash(JSON.stringify(written))
      ? 'it does not match its digest: it was edited'
      : plan.signing && Array.isArray(written.approvals)
        ? unproven(written, plan, at(configMap, 'metadata', 'creationTimestamp'))
        : null;
  const help = `Its runner holds on stable; \`tidegate retry ${release}\` starts over.`;
  return why === null ? [] : [{ object: `ConfigMap ${names.status(release)}`, why: oneLine(why), help }];
}

/** Whether one that is good has expired, only the runner says: it knows the time of the cluster. */
function approvalTamperings({ release, hash, approvals, operator }: Walked, plan: Plan): readonly Tampering[] {
  if (!plan.signing) return [];
  const places = [
    { name: names.approvals(release), data: at(approvals, 'data'), help: 'Remove it from approvals.yaml.' },
    { name: names.operator(release), data: at(operator, 'data'), help: 'It does not count; remove it from the ConfigMap.' },
  ];
  return places.flatMap(({ name, data, help }) =>
    readOrders(data, hash).approvals.flatMap((one) => {
      const why = unsigned(one, plan, null);
      return why === null
        ? []
        : [{ object: `ConfigMap ${name}`, why: oneLine(`the approval of ${one.approval} by ${one.by}: ${why}`), help }];
    }),
  );
}

/** Name of the ConfigMap that a runner's Deployment takes its program from, or null. */
export function codeOf(runner: unknown): string | null {
  const volumes = at(runner, 'spec', 'template', 'spec', 'volumes');
  const code = Array.isArray(volumes) ? volumes.find((volume) => at(volume, 'name') === 'code') : null;
  const name = at(code, 'configMap', 'name');
  return typeof name === 'string' ? name : null;
}

/** The same of what tells people, or null where nobody is told. */
export function notifierCodeOf(runner: unknown): string | null {
  const volumes = at(runner, 'spec', 'template', 'spec', 'volumes');
  const notify = Array.isArray(volumes) ? volumes.find((volume) => at(volume, 'name') === 'notify') : null;
  const sources = at(notify, 'projected', 'sources');
  const name = Array.isArray(sources)
    ? sources.map((source) => at(source, 'configMap', 'name')).find((one) => typeof one === 'string')
    : null;
  return name ?? null;
}

/** The runner's Deployment and its program. */
export interface Program {
  readonly release: string;
  readonly namespace: string;
  readonly runner: unknown;
  /** The ConfigMap that `codeOf` names; null: it is not there, or may not be seen. */
  readonly code: unknown;
  /** Its data as it is in Git here; null where that is not known. */
  readonly committed: unknown;
}

/** A program that was edited cannot be asked whether it was: it is looked at from outside. */
export function programTamperings({ release, namespace, runner, code, committed }: Program): readonly Tampering[] {
  const name = codeOf(runner);
  if (name === null) return [];
  const bundle = at(runner, 'spec', 'template', 'metadata', 'annotations', 'tidegate.dev/bundle');
  if (name !== names.runnerCode(release, String(bundle))) {
    const object = `Deployment ${names.runner(release)}`;
    const why = `it runs ConfigMap ${oneLine(name)} and was rendered for ${oneLine(names.runnerCode(release, String(bundle)))}: it was edited`;
    return [{ object, why, help: 'Let your GitOps tool apply it again, and see who may edit Deployments.' }];
  }
  if (code === null) return [];
  const object = `ConfigMap ${name}`;
  const data = at(code, 'data') ?? {};
  const help = `${broughtBack(object, namespace)}, then restart its pod: ${restart(release, namespace)}`;
  if (shortHash(data) !== bundle) return [{ object, why: `its files hash to ${shortHash(data)}: the program was edited`, help }];
  // Eight digits of a hash can be made to fit.
  const isCommitted = committed === null || canonicalJson(data) === canonicalJson(committed);
  return isCommitted ? [] : [{ object, why: 'its files are not those in Git: the program was edited', help }];
}

/** What tells people runs in the same pod: its ConfigMap is named by the hash of what is in it. */
export function notifierTamperings({ release, namespace, runner, code, committed }: Program): readonly Tampering[] {
  const name = notifierCodeOf(runner);
  if (name === null || code === null) return [];
  const data = at(code, 'data') ?? {};
  const isItself = name === names.notify(release, shortHash(data));
  if (isItself && (committed === null || canonicalJson(data) === canonicalJson(committed))) return [];
  const object = `ConfigMap ${oneLine(name)}`;
  const why = isItself ? 'its files are not those in Git: it was edited' : `its files hash to ${shortHash(data)}: it was edited`;
  return [{ object, why, help: `${broughtBack(object, namespace)}, then restart the pod: ${restart(release, namespace)}` }];
}

const restart = (release: string, namespace: string): string =>
  `kubectl rollout restart deployment/${names.runner(release)} -n ${namespace}`;

/** What is immutable cannot be applied over. */
const broughtBack = (object: string, namespace: string): string =>
  `Delete it, so that Git brings it back: kubectl delete ${object.toLowerCase()} -n ${namespace}`;

/** What a ConfigMap holds at a key as it is, texts that command terminals included; null where that is no JSON. */
export function json(configMap: unknown, key: string): unknown {
  try {
    return JSON.parse(String(at(configMap, 'data', key)));
  } catch {
    return null;
  }
}
