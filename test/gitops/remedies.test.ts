// What docs/how-to/fallbacks.md has people write, from the intent to the record, as it goes through Git.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { diffIn } from '../../lib/cli/diff.ts';
import { once } from '../../lib/cli/synth-once.ts';
import { DEFAULT_APP } from '../../lib/constructs/default-app.ts';
import { Project } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import { expectedOf } from '../../lib/gitops/check-record.ts';
import { recorded as recording } from '../../lib/gitops/record.ts';
import { readRecord } from '../../lib/gitops/release-record.ts';
import type { Gate, ReleaseIntent } from '../../lib/index.ts';
import * as tidegate from '../../lib/index.ts';
import { DEFAULT_POLICY } from '../../lib/intent/policy-config.ts';
import type { InFlight, Lock } from '../../lib/lock/lock.ts';
import { lockPath, readLock } from '../../lib/lock/read.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { PLAN_VIEWS } from '../../lib/plan/views.ts';
import { check } from '../../lib/policy/policy.ts';
import { readPlan } from '../../lib/runner/read-plan.ts';
import { RULES } from '../../policies/index.ts';
import * as templates from '../../templates/index.ts';
import { intent, NOWHERE } from '../cli/synthesizing.ts';
import { pages } from '../docs/pages.ts';
import { VALID } from '../intent/valid.ts';
import { copies, type GitRepository, recorded } from './git-repository.ts';
import { walked } from './walked.ts';

const RELEASE = 'api-service';
const KEY = { target: 'production', namespace: 'shop', release: RELEASE };
const CHART = `charts/${RELEASE}.yaml`;
const REMEDIES = ['flagOff', 'webhook', 'shed'] as const;
type Remedy = (typeof REMEDIES)[number];
type Part = Partial<ReleaseIntent> & { readonly remedies: object; readonly strategy: { readonly gates: readonly Gate[] } };

/** The page's own texts, as parts of an intent. */
const written = pages()
  .filter(({ path }) => path === 'docs/how-to/fallbacks.md')
  .flatMap(({ blocks }) => blocks.filter(({ language, info }) => language === 'ts' && info === 'part'))
  .map(({ text }): Part => {
    const known = { ...tidegate, ...templates };
    return new Function(...Object.keys(known), `return {${text}};`)(...Object.values(known));
  });
const partOf = (remedy: Remedy): Part => {
  const part = written.find(({ remedies }) => remedy in remedies);
  if (part === undefined) throw new Error(`docs/how-to/fallbacks.md has no example of ${remedy}`);
  return part;
};

/** One release with all of the remedies that are named, and nothing else than what the page says of each. */
function released(remedies: readonly Remedy[], { digit = '2', percent = 20 } = {}): string {
  const parts = remedies.map(partOf);
  const { strategy, flags, volumes } = Object.assign({}, ...parts) as Part;
  const shared = Object.entries(flags ?? {}).map(([name, flag]) => [name, { ...flag, percent }]);
  return intent(RELEASE, {
    digit,
    flags: Object.fromEntries(shared),
    volumes: { ...VALID.volumes, ...volumes },
    remedies: Object.assign({}, ...parts.map((part) => part.remedies)),
    strategy: {
      ...strategy,
      gates: parts.flatMap((part) =>
        part.strategy.gates.map((gate) => ({ ...gate, name: `${gate.name}-${gate.onFailure}`.toLowerCase() })),
      ),
    },
  });
}

const begin = copies(() => recorded({ [CHART]: intent(RELEASE) }, RELEASE));

/** `tidegate synth`. */
async function synth(repository: GitRepository, values: Readonly<Record<string, boolean>> = {}) {
  process.env.XDG_CACHE_HOME = NOWHERE;
  return repository.command((directory, invocation) => once(invocation, directory), [], values);
}

/** What the rules forbid in the files as they were written. */
function lint(repository: GitRepository): readonly string[] {
  const texts = Object.entries(repository.files('dist'))
    .filter(([path]) => path.endsWith('.yaml'))
    .map(([name, text]) => ({ name, text }));
  const policy = { rules: RULES, config: DEFAULT_POLICY, waivers: { entries: [], flaws: [] } };
  const { findings } = check({ texts, unreadable: [] }, policy, '2026-11-20');
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ rule, object, message }) => `${rule} ${object?.kind} ${object?.name}: ${message}`);
}

const lockOf = (repository: GitRepository): Lock => readLock(repository.read(lockPath(KEY)), KEY);
function flightOf(repository: GitRepository): InFlight {
  const { inFlight } = lockOf(repository);
  if (!inFlight) throw new Error('nothing is in flight');
  return inFlight;
}

/** What the runner would have written at the end of a release that was promoted after these were tried. */
function recordOf({ plan, hash }: InFlight, tried: readonly Remedy[]): string {
  const times = { startedAt: '2026-03-01T11:00:00Z', endedAt: '2026-03-01T12:00:00Z' };
  const { release, namespace, target, attempt, stable, candidate } = plan;
  const remedies = tried.map((remedy) => ({ remedy, at: '2026-03-01T11:10:00Z', inEffectSince: '2026-03-01T11:12:00Z' }));
  const said = { outcome: 'promoted', by: null, reason: 'all steps are done', waived: null, run: 1 };
  return JSON.stringify({
    ...{ version: 1, release, namespace, target, plan: hash, attempt, stable, candidate },
    ...{ ...said, ...times, ...walked(plan, times), remedies },
  });
}

describe.each<[string, readonly Remedy[]]>([...REMEDIES.map((one): [string, Remedy[]] => [one, [one]]), ['all of them', [...REMEDIES]]])(
  'a release that may try %s',
  (_, remedies) => {
    it('goes through synth, lint, plan, diff and record, each of which reads what the one before has written', async () => {
      const repository = await begin();
      repository.write(CHART, released(remedies));
      expect(await synth(repository)).toMatchObject({ code: 0 });
      expect(lint(repository)).toEqual([]);
      expect(await synth(repository, { check: true })).toMatchObject({ code: 0, out: '' });

      const { plan, hash } = flightOf(repository);
      expect(Object.keys(plan.remedies ?? {}).sort()).toEqual([...remedies].sort());
      const object = parse(repository.read(`dist/production/shop/${RELEASE}/configmap-${RELEASE}-plan-${hash}.yaml`));
      expect(readPlan(`${RELEASE}-plan-${hash}`, 'shop', object)).toEqual({ plan, hash });
      const { releases } = await synthesize(DEFAULT_APP, new Project({ directory: repository.directory }));
      expect(releases.map((one) => one.plan)).toEqual([plan]);
      expect(PLAN_VIEWS.text(plan, hash)).toContain(remedies.includes('shed') ? '50 → approval → shed → 100' : '50 → approval → 100');
      expect(PLAN_VIEWS.markdown(plan, hash).match(/Once, a failing gate/g)).toHaveLength(remedies.length);
      const changed = await repository.command(diffIn, [], { words: true });
      expect(changed).toMatchObject({ code: 1, out: expect.stringContaining(`This starts a release of ${RELEASE}`) });
      repository.commit('Release');
      expect(await repository.command(diffIn)).toMatchObject({ code: 0, out: '' });

      // A flag that was switched off by the runner is given to nobody before the record is.
      repository.write(CHART, released(remedies, { percent: 0 }));
      expect(await synth(repository)).toMatchObject({ code: 0 });
      repository.commit('Without the flag');
      expect(flightOf(repository).hash).toBe(hash);
      const before = repository.read(lockPath(KEY));
      const text = recordOf(flightOf(repository), remedies);
      const taken = recording(lockOf(repository), readRecord(text, 'record.json', KEY), {
        committed: null,
        approvals: [],
        now: Date.now(),
      });
      if (taken.kind !== 'settled') throw new Error(JSON.stringify(taken));
      const after = new Map([
        [lockPath(KEY), writeLock(taken.lock)],
        [taken.file.path, taken.file.text],
      ]);
      for (const [path, content] of after) repository.write(path, content);
      expect(await synth(repository)).toMatchObject({ code: 0 });
      expect(repository.read(lockPath(KEY))).toBe(after.get(lockPath(KEY)));
      expect(lint(repository)).toEqual([]);
      const ends = { before: (path: string) => (path === lockPath(KEY) ? before : null), after: (path: string) => after.get(path) ?? null };
      expect(expectedOf([...after.keys()], ends, Date.now())).toMatchObject({ problems: [], texts: after });
      repository.commit('Record');
      expect(await synth(repository, { check: true })).toMatchObject({ code: 0, out: '' });
    });
  },
);
