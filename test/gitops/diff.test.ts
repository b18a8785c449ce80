import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from '../../lib/constructs/compile.ts';
import { diff, isEmpty, type ReleaseDiff, type Side } from '../../lib/gitops/diff.ts';
import { changesOf } from '../../lib/gitops/diff-changes.ts';
import { factsOf } from '../../lib/gitops/diff-facts.ts';
import { INTENT_FIELDS, REPOSITORY_FIELDS } from '../../lib/gitops/diff-fields.ts';
import { diffJson } from '../../lib/gitops/diff-json.ts';
import { diffMarkdown } from '../../lib/gitops/diff-markdown.ts';
import { diffText } from '../../lib/gitops/diff-text.ts';
import type { ResolvedIntent } from '../../lib/intent/resolved.ts';
import { stableName } from '../../lib/lock/change.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { aborted } from '../../lib/lock/settle.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import { compile, context, image, KEY } from '../constructs/compiling.ts';
import { errors } from '../intent/valid.ts';
import { compile as compileIntent } from '../proof/compiling.ts';
import { RICH, RICH_BY_LOAD } from '../proof/rich.ts';

type Compiled = ReturnType<typeof compile>;

function side(compiled: Compiled | null, repository: unknown = {}, key = KEY): Side {
  if (compiled === null) return { releases: [], manifests: [], repository };
  const { lock, objects } = compiled;
  const manifests = objects.map((object) => ({
    file: `dist/${key.target}/${key.namespace}/${key.release}/${object.kind.toLowerCase()}-${object.metadata.name}.yaml`,
    text: toYaml(object),
    object,
  }));
  return { releases: [{ lock, plan: planOf(lock, context()).plan }], manifests, repository };
}

function one(before: Compiled | null, after: Compiled | null): ReleaseDiff {
  const { releases } = diff(side(before), side(after));
  const [release] = releases;
  if (!release) throw new Error('the release is as before');
  return release;
}

const rest = compile({}, null);
const flight = compile({ image: image('a') }, rest.lock);

describe('what a change means for a release', () => {
  const candidate = flight.lock.inFlight?.candidate;
  if (!candidate || 'external' in rest.lock.stable) throw new Error('the fixture is not in flight');
  const recorded: Lock = {
    ...flight.lock,
    stable: candidate,
    inFlight: null,
    retiring: [{ revision: rest.lock.stable, reason: 'replaced' }],
    history: [{ revision: candidate.name, image: candidate.image, plan: flight.lock.inFlight?.hash ?? '' }, ...rest.lock.history],
  };

  it.each<[string, Compiled | null, Compiled | null, string, RegExp]>([
    ['a first entry', null, rest, 'first', /first entry of web: web-\w+ is declared stable/],
    ['a release that goes', rest, null, 'gone', /carries web no more\./],
    ['another image at rest', rest, flight, 'starts', /starts a release of web: 5 → 20 → 50 → approval → 100, about \d+ min/],
    [
      'a third image in flight',
      flight,
      compile({ image: image('b') }, flight.lock),
      'supersedes',
      /supersedes .* loses its traffic to stable first/,
    ],
    [
      'another strategy in flight',
      flight,
      compile({ image: image('a'), 'strategy.weights': [10, 50, 100] }, flight.lock),
      'attempt',
      /starts attempt 2 of web-\w+, which is in flight: 10 → 50/,
    ],
    [
      'another network in flight',
      flight,
      compile({ image: image('a'), network: { from: ['shop'] } }, flight.lock),
      'flies',
      /goes on: plan \w{8}/,
    ],
    ['the old image in flight', flight, compile({}, flight.lock), 'abandoned', /gives up the release of web in flight/],
    [
      'a record',
      flight,
      { lock: recorded, objects: flight.objects },
      'recorded',
      /records a release: web-\w+ is stable, as plan \w{8} has proven/,
    ],
    [
      'a stable that nothing proved',
      rest,
      { lock: { ...recorded, attempts: 0 }, objects: rest.objects },
      'declared',
      /is stable instead of/,
    ],
    ['a proven image', { lock: recorded, objects: flight.objects }, compile({}, recorded), 'starts', /starts a release of web/],
    ['another strategy at rest', rest, compile({ 'strategy.weights': [10, 50, 100] }, rest.lock), 'rests', /starts no release of web\./],
  ])('%s', (_, before, after, kind, words) => {
    const { effect, words: said } = one(before, after);
    expect(effect).toBe(kind);
    expect(said[0]).toMatch(words);
  });

  it('is nothing where nothing differs, and all that is there is said to be untouched', () => {
    const found = diff(side(flight), side(compile({ image: image('a') }, flight.lock)));
    expect(isEmpty(found)).toBe(true);
    expect([found.untouched, diffText(found, { color: false, objects: true })]).toEqual([1, '']);
  });

  it('says that a revision was stable before, and what has proven it', () => {
    const back = one({ lock: recorded, objects: flight.objects }, compile({}, recorded));
    expect(back.words).toContain(`${rest.lock.stable && 'name' in rest.lock.stable ? rest.lock.stable.name : ''} was stable before.`);
  });

  it('says of the short way back to what was stable that its merge approves it, and does not warn of that', () => {
    const proven = { ...recorded, history: recorded.history.map((entry) => ({ ...entry, plan: entry.plan ?? '0123abcd' })) };
    const back = compile({}, proven);
    const { inFlight } = back.lock;
    if (!inFlight) throw new Error('nothing is in flight');
    const steps = inFlight.plan.steps.filter(({ kind }) => ['scale', 'smoke', 'switch', 'bake'].includes(kind));
    const plan = { ...inFlight.plan, steps, approvals: { required: [], waived: 'the merge' } };
    const lock: Lock = { ...back.lock, inFlight: { ...inFlight, plan } };
    const { words, warnings } = one({ lock: proven, objects: flight.objects }, { lock, objects: back.objects });
    expect(words).toContain('It goes straight back: the merge of this change is its approval.');
    expect(warnings).toEqual([]);
  });

  it('warns of smoke tests of a way back that nothing says its revision has ever passed', () => {
    const { warnings } = one({ lock: recorded, objects: flight.objects }, compile({}, recorded));
    expect(warnings).toEqual([
      `Nothing says that ${stableName(rest.lock)} passes smoke test api: it was declared stable, and no plan has proven it. Where one fails, all users stay on stable.`,
    ]);
  });

  it('says how the next release will go where only that changes', () => {
    const { words } = one(rest, compile({ 'strategy.weights': [10, 50, 100] }, rest.lock));
    expect(words).toContainEqual(expect.stringMatching(/^Its next release will go 10 → 50 → approval → 100/));
  });

  it('says that nothing restarts while revisions come and go, and which pods start', () => {
    const { words, warnings } = one(rest, flight);
    expect(words).toContain('Nothing restarts.');
    expect(words).toContain(`Deployment ${candidate.name} is new: its pods start.`);
    expect(warnings.join()).not.toMatch(/selector|restart/);
  });

  it('says how many pods a Deployment is to have, and which revision retires no longer', () => {
    const retired = compile({}, flight.lock);
    const { words } = one(retired, compile({ replicas: 5 }, { ...retired.lock, retiring: [] }));
    expect(words).toContain(`${candidate.name} retires no longer: traffic must have left it.`);
    expect(words).toContainEqual(expect.stringMatching(/^Deployment web-\w+ goes from 3 pods to 5\.$/));
    expect(words).toContain(`Deployment ${candidate.name} leaves Git: its pods end.`);
  });

  describe('of a revision that becomes stable by no plan', () => {
    const [old, young] = [stableName(rest.lock), candidate.name];
    const at = (lock: Lock, lasting: Partial<Lock> = {}): Compiled => ({ lock: { ...lock, ...lasting }, objects: rest.objects });
    const cold = at(recorded, { retiring: [], cold: recorded.retiring.map(({ revision }) => revision) });
    const flown = at(rest.lock, { attempts: 1 });
    const stableByLoad = compile({ replicas: undefined, autoscale: { min: 4, max: 9, cpu: 70 } }, null);

    it.each<[string, Compiled, Compiled, pods: string, way: RegExp]>([
      [
        'when a release is reverted with its record and retirement',
        cold,
        flown,
        `0 pods for ${old}:`,
        /`tidegate rollback web --to web-\w+`/,
      ],
      [
        'when a release is reverted with its record',
        at(recorded),
        flown,
        `3 pods for ${old} before`,
        /`tidegate rollback web --to web-\w+`/,
      ],
      ['when its record alone is reverted', at(recorded), flight, `3 pods for ${old} before`, /`tidegate rollback web --to web-\w+`/],
      [
        'when a record is reverted while the next release flies',
        compile({ image: image('b') }, recorded),
        flown,
        `3 pods for ${old}`,
        /abort web/,
      ],
      ['when nothing holds it any more', at(recorded, { retiring: [] }), flown, `0 pods for ${old}:`, /release its image again/],
      [
        'when pods are left to the cluster',
        at(flight.lock, { inFlight: null, retiring: [{ revision: candidate, reason: 'abandoned' }] }),
        at(recorded),
        `how many pods ${young} has`,
        /Read the record that proves/,
      ],
      ['when another one counted by load was stable', at(recorded), at(stableByLoad.lock), '0 pods for web-', /release its image again/],
    ])('%s, it warns of users that all move at once, of its pods, and says the way', (_, before, after, pods, way) => {
      const { warnings } = one(before, after);
      expect(warnings[0]).toBe(
        `${stableName(after.lock)} becomes stable though it was not the candidate in flight: all requests go there as soon as this is applied, and no plan, smoke test, gate or approval comes before.`,
      );
      expect(warnings[1]).toContain(pods);
      expect(warnings.at(-1)).toMatch(way);
    });

    it('warns of pods that serve and that Git keeps no longer', () => {
      const lost = expect.stringMatching(new RegExp(`^${young}, which serves now, loses its pods`));
      expect(one(cold, flown).warnings).toContainEqual(lost);
      expect(one(at(recorded), flight).warnings).not.toContainEqual(lost);
    });
  });

  describe('while what the intent describes is given up', () => {
    const given = (changes: object) => {
      const { lock, objects } = compile({ ...changes, image: image('a') }, rest.lock);
      return { lock: aborted(lock), objects };
    };
    const changed = (before: Compiled, changes: object) => one(before, compile({ ...changes, image: image('a') }, before.lock));

    it('says so, and how many pods stable is to have', () => {
      const { words, warnings } = changed(given({}), { replicas: 9 });
      expect(words).toContain(`${candidate.name}, which the intent describes, stays given up.`);
      expect(warnings).toEqual([]);
    });

    it('warns of fewer pods that another change brings', () => {
      const { warnings } = changed(given({ replicas: 1 }), { replicas: 1, network: { from: ['shop'] } });
      expect(warnings).toContain(
        `${stableName(rest.lock)} gets 1 pod instead of 3: the intent has said so since it described another revision.`,
      );
    });

    it('warns where stable does not follow', () => {
      const load = (min: number) => ({ replicas: undefined, autoscale: { min, max: 20, cpu: 70 } });
      const { warnings } = changed(given(load(3)), load(9));
      expect(warnings).toContainEqual(expect.stringMatching(/^web-\w+ keeps as many pods as it has: .* only a release changes\.$/));
    });
  });

  it('warns of a Deployment whose pods restart in place, and of a selector that means other pods', () => {
    const edited = flight.objects.map((object) => {
      const spec = structuredClone(Object(object.spec));
      if (object.kind === 'Deployment' && object.metadata.name === candidate.name) spec.template.spec.priorityClassName = 'high';
      if (object.kind === 'Service' && object.metadata.name === 'web') spec.selector = { app: 'other' };
      return { ...object, spec };
    });
    const { words, warnings } = one(flight, { lock: flight.lock, objects: edited });
    expect(words).not.toContain('Nothing restarts.');
    expect(warnings).toContain(
      `Deployment ${candidate.name} changes its pod template in place: its pods restart, with no candidate and no gate.`,
    );
    expect(warnings).toContain('Service web changes its selector: other pods are meant.');
  });

  it('sees a release that takes another name: two releases, between which nothing moves requests', () => {
    const key = { ...KEY, release: 'shop' };
    const renamed = compile({}, null, { key });
    const found = diff(side(rest), side(renamed, {}, key));
    expect(found.releases.map(({ release, effect }) => [release, effect])).toEqual([
      ['shop', 'first'],
      ['web', 'gone'],
    ]);
    expect(found.releases[0]?.warnings.join()).toMatch(/shop seems to be named web before/);
  });
});

describe('what a reviewer must not miss', () => {
  const WEBHOOK = { webhook: { url: 'https://flags.example.com/off', flag: 'new-ranking' } };
  const gate = (changes: object) => ({ 'strategy.gates': [{ ...errors, ...changes }] });
  const base = compile({}, null);
  const high = compile({ risk: 'high' }, null);

  it.each<[string, Compiled, Readonly<Record<string, unknown>>, RegExp]>([
    ['a gate that goes', compile({ 'strategy.gates': [errors, { ...errors, name: 'latency' }] }, null), {}, /^gate latency removed: /],
    [
      'a looser threshold',
      base,
      gate({ successCondition: 'result[0] < 0.05' }),
      /gate errors: result\[0\] < 0.01 → result\[0\] < 0.05: the threshold is loosened$/,
    ],
    ['another condition', base, gate({ successCondition: 'result[0] != 1' }), /cannot be told mechanically/],
    [
      'another query',
      base,
      gate({ provider: { prometheus: { address: 'http://prometheus:9090', query: 'fewer' } } }),
      /query of gate errors/,
    ],
    ['more tolerated failures', base, gate({ failureLimit: 3 }), /tolerated failures of gate errors: \d → 3/],
    ['a gate that scales up first', base, gate({ onFailure: 'scaleUp' }), /abort → scaleUp: the first failure adds pods/],
    [
      'a gate that has a flag switched off first',
      base,
      { ...gate({ onFailure: 'webhook' }), remedies: WEBHOOK },
      /failure of gate errors: abort → webhook: the first failure has a flag switched off instead of taking traffic back/,
    ],
    [
      'another flag that is switched off',
      compile({ ...gate({ onFailure: 'webhook' }), remedies: WEBHOOK }, null),
      { ...gate({ onFailure: 'webhook' }), remedies: { webhook: { ...WEBHOOK.webhook, flag: 'new-cart' } } },
      /flag of remedy webhook: new-ranking → new-cart: /,
    ],
    ['a gate that only holds', base, gate({ onFailure: 'hold' }), /failure of gate errors: abort → hold: /],
    [
      'a gate of high risk that only holds',
      high,
      { risk: 'high', ...gate({ onFailure: 'hold' }) },
      /Gate errors of this release of high risk only holds/,
    ],
    ['a lower risk', high, {}, /^risk: high → normal/],
    ['a shorter watch', base, { 'strategy.weights': [5, { weight: 20, watch: '2m' }, 50, 100] }, /watch at 20 %: 3m → 2m/],
    ['a level that goes', base, { 'strategy.weights': [5, 50, 100] }, /watch at 20 %: 3m → none: nobody judges/],
    ['a probe that goes', base, { 'probes.liveness': undefined }, /liveness probe removed/],
    ['fewer replicas', base, { replicas: 2 }, /replicas: 3 → 2: there is less capacity/],
    [
      'fewer revisions to go back to',
      base,
      { history: { keep: 0 } },
      /revisions kept for a rollback: \d → 0: older revisions cannot come back/,
    ],
    ['a shorter way back', base, { history: { keepWarm: '1m' } }, /time that replaced pods stay: .* → .*: a way back has to wait/],
    ['a longer deadline', base, { 'deadlines.release': '9h' }, /deadline of a release: .* → 9h/],
    [
      'a smoke test that goes',
      compile({ smoke: [...(RICH.smoke ?? [])] }, null),
      { smoke: [RICH.smoke?.[0]] },
      /smoke test journey removed/,
    ],
    ['another router', base, { 'traffic.router': 'gateway-api', 'traffic.retries': undefined }, /router: istio → gateway-api/],
    ['a shorter timeout', base, { 'traffic.timeout': '1s' }, /timeout of requests: 15s → 1s: requests that take longer fail as soon as/],
    ['retries that go', base, { 'traffic.retries': undefined }, /retries removed: /],
    [
      'an autoscaler with fewer pods',
      base,
      { replicas: undefined, autoscale: { min: 1, max: 9, cpu: 60 } },
      /less capacity: 1 pod at least; it was 3/,
    ],
    [
      'fewer replicas than the autoscaler had',
      compile({ replicas: undefined, autoscale: { min: 10, max: 30, cpu: 60 } }, null),
      {},
      /less capacity: 3 pods at least; it was 10/,
    ],
    ['a host that goes', compile({ 'traffic.hosts': ['web.example.com', 'b.example.com'] }, null), {}, /hosts: .*find nothing/],
    ['a token in the pods', base, { mountToken: true }, /can speak to the API server/],
    [
      'more who may connect',
      compile({ network: { from: ['shop'] } }, null),
      {},
      /namespaces that may connect: shop → none: more may connect/,
    ],
  ])('%s', (_, before, changes, expected) => {
    expect(one(before, compile(changes, before.lock)).warnings).toContainEqual(expect.stringMatching(expected));
  });

  it.each<[string, Compiled, Readonly<Record<string, unknown>>]>([
    ['a tighter threshold', base, gate({ successCondition: 'result[0] < 0.005' })],
    ['one more gate', base, { 'strategy.gates': [errors, { ...errors, name: 'latency' }] }],
    ['more replicas', base, { replicas: 5 }],
    ['a shorter deadline', base, { 'deadlines.scaleDownDelay': '20s' }],
    ['a longer watch', base, { 'strategy.weights': [5, { weight: 20, watch: '9m' }, 50, 100] }],
    ['another image', base, { image: image('b') }],
  ])('%s is no warning', (_, before, changes) => {
    const { warnings, changes: found } = one(before, compile(changes, before.lock));
    expect([warnings, found.length > 0]).toEqual([[], true]);
  });

  it('approvals that are waived, and waivers, for every release', () => {
    const target = (approvals: string) => ({ targets: { production: { approvals } }, waivers: [] });
    const waiver = { name: 'image-digest of Deployment/shop/web', reason: 'March', owner: 'shop', expires: '2026-04-01' };
    const found = diff(side(rest, target('required')), side(rest, { ...target('waived'), waivers: [waiver] }));
    expect(found.repository.map(({ warning }) => warning)).toEqual([
      'approvals on target production: required → waived: releases of normal risk pass 50 % there without anybody being asked',
      expect.stringMatching(/^waiver image-digest of Deployment\/shop\/web added: .*counts no more$/),
    ]);
    const signing = { signers: [{ by: 'alice', key: 'A' }], validForSeconds: 60 };
    const groups = { payments: { limit: 1, releases: ['web', 'pay'] } };
    const unsigned = diff(side(rest, { signing, groups }), side(rest, { signing: null, groups: {} }));
    const another = { ...signing, signers: [...signing.signers, { by: 'mallory', key: 'M' }] };
    const limits = { payments: { limit: 2, releases: ['web'] } };
    const gained = diff(side(rest, { signing, groups }), side(rest, { signing: another, groups: limits }));
    const stolen = diff(side(rest, { signing }), side(rest, { signing: { ...signing, signers: [{ by: 'alice', key: 'M' }] } }));
    expect([unsigned, gained, stolen].map(({ repository }) => repository.map(({ warning }) => warning?.replace(/.*: /, '')))).toEqual([
      ['an approval needs no signature any more', 'its releases may all be in flight at once'],
      ['read whose key it is', 'more of them may be in flight at once', 'one that left waits for nobody'],
      ['read whose key it is'],
    ]);
    const waived = side(rest);
    const [state] = waived.releases;
    if (!state) throw new Error('no release');
    const plan = { ...state.plan, approvals: { required: [], waived: 'tidegate.yaml: targets.production.approvals' } };
    const after = { ...waived, releases: [{ lock: { ...state.lock, attempts: 1 }, plan }] };
    expect(diff(side(rest), after).releases[0]?.warnings).toContain(
      'Approvals are waived by tidegate.yaml: targets.production.approvals: nobody is asked.',
    );
  });
});

describe('every field', () => {
  const resolved = [RICH, RICH_BY_LOAD].map((intent) => compileIntent(intent, null).lock.resolved);

  it('of an intent that differs in a single value is told, with its path', () => {
    for (const [index, intent] of resolved.entries())
      for (const path of leaves(intent)) {
        // The second differs from the first in these.
        if (path[0] === 'release' || (index > 0 && path[0] !== 'scale' && path[0] !== 'traffic')) continue;
        const found = changesOf(factsOf(intent), factsOf(changedAt(intent, path)), INTENT_FIELDS);
        expect(found.length, path.join('.')).toBeGreaterThan(0);
      }
  });

  it('that nobody has words for yet is shown by its path', () => {
    const [before] = resolved;
    const after = { ...before, novelty: { of: 'tomorrow' } } as unknown as ResolvedIntent;
    expect(changesOf(before, after, INTENT_FIELDS)).toMatchObject([
      { path: 'novelty', words: 'novelty added: {"of":"tomorrow"}', warning: null },
    ]);
    const deep = { ...before, disruption: { maxUnavailable: 1, pace: 3 } };
    expect(changesOf({ ...before, disruption: { maxUnavailable: 1 } }, deep, INTENT_FIELDS)).toMatchObject([
      { words: 'disruption.pace: none → 3' },
    ]);
  });

  it.each([
    ['an intent', INTENT_FIELDS, [...resolved, compile({}, null).lock.resolved].map(factsOf)],
    ['a repository', REPOSITORY_FIELDS, [{ ...context().project, waivers: [{ name: 'a' }] }]],
  ] as const)('of %s has one line at most, about a place that exists or may', (_, fields, facts) => {
    const paths = fields.map(([path]) => path);
    expect(new Set(paths).size).toBe(paths.length);
    const known = paths.filter((path) => facts.some((tree) => exists(tree, path.split('.'))));
    // What is absent unless it was written, and what a record of names holds.
    const optional = paths.filter((path) => !known.includes(path));
    expect(
      optional.filter(
        (path) => !/^(?:traffic\.served|migrations|flags|remedies|after|notifications|groups|signing|policy\.severity\.\*)/.test(path),
      ),
    ).toEqual([]);
  });
});

describe('the views', () => {
  it('of the same change agree on what a reviewer must not miss, in whatever format', () => {
    const found = diff(side(rest), side(compile({ image: image('a'), 'probes.liveness': undefined }, rest.lock)));
    const base = { ref: 'HEAD', commit: 'a'.repeat(40), how: 'shared' } as const;
    const json = JSON.parse(diffJson(found, base, []));
    expect(json).toMatchObject({ version: 1, base, untouched: 0, releases: [{ release: 'web', effect: 'starts', plan: { attempt: 1 } }] });
    const markdown = diffMarkdown(found);
    expect(markdown).toMatch(/^## :warning: What this change does\n/);
    expect(markdown).toContain('```mermaid\nflowchart LR');
    expect(markdown).toContain(':warning: liveness probe removed');
    const text = diffText(found, { color: false, objects: true });
    expect(text).toContain('! liveness probe removed');
    expect(text).toContain(
      '--- a/dist/production/shop/web/virtualservice-web.yaml\n+++ b/dist/production/shop/web/virtualservice-web.yaml\n@@ ',
    );
    expect(text).not.toContain('\u001b');
  });

  it('in Markdown fit into a comment, whatever the objects hold', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.integer({ min: 1, max: 4_000 }), (line, times) => {
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };
        const file = { file: 'dist/production/shop/other/a.yaml', text: `${line}\n\`\`\`\`\n`.repeat(times), object };
        const markdown = diffMarkdown(diff(side(null), { ...side(null), manifests: [file] }));
        expect(markdown.length).toBeLessThan(65_536);
        expect((markdown.match(/<details>/g) ?? []).length).toBe((markdown.match(/<\/details>$/gm) ?? []).length);
      }),
      { numRuns: 20 },
    );
  });
});

function leaves(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** The same with another value of the same type at a path. */
function changedAt<T>(tree: T, path: readonly string[]): T {
  const copy = structuredClone(tree);
  const holder = path.slice(0, -1).reduce<Record<string, unknown>>((inner, key) => Object(inner[key]), copy as Record<string, unknown>);
  const key = path.at(-1) ?? '';
  const value = holder[key];
  holder[key] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : value === null ? 'new' : `${value}-other`;
  return copy;
}

function exists(tree: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  if (typeof tree !== 'object' || tree === null) return false;
  if (key === '*') return Object.values(tree).some((inner) => exists(inner, rest));
  return Object.hasOwn(tree, key) && exists((tree as Record<string, unknown>)[key], rest);
}
