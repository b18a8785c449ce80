import { expect, it } from 'vitest';
import { type LockKey, lockPath, readLock } from '../../lib/lock/read.ts';
import { DIGEST } from '../cli/repository.ts';
import { GitRepository, intent } from './git-repository.ts';
import { walked } from './walked.ts';

const key = (target: string): LockKey => ({ target, namespace: 'shop', release: 'web' });
const IMAGES = (staging: string, production: string) => `targets:
  staging: { web: 'registry.example.com/web:1.0.0@${DIGEST(staging)}' }
  production: { web: 'registry.example.com/web:1.0.0@${DIGEST(production)}' }
`;

/** One intent for two clusters: staging goes first, is smaller, and has a host of its own. */
const FILES = {
  'tidegate.yaml': 'targets:\n  staging: { approvals: waived }\n  production: { provenOn: staging }\n',
  'images.yaml': IMAGES('1', '1'),
  'charts/web.yaml': `${intent({ digest: '1' }).replace(`:1.0.0@${DIGEST('1')}`, '')}  targets:
    staging:
      replicas: 1
      traffic: { hosts: [web.staging.example.com] }
`,
  '.gitignore': 'node_modules\nout\n',
};

it('production receives what staging has proven, and nothing else', async () => {
  const repository = new GitRepository(FILES);
  const does = async (...args: readonly string[]) => {
    const outcome = await repository.tidegate(...args);
    expect([args, outcome.code, outcome.err]).toEqual([args, 0, outcome.err]);
    return outcome;
  };
  const lockOn = (target: string) => readLock(repository.read(lockPath(key(target))), key(target));
  const errors = async () => {
    const { out, code } = await repository.tidegate('lint', '--format', 'json');
    const findings: readonly { rule: string; severity: string; file: string; message: string; source: { file: string } | null }[] =
      JSON.parse(out).findings;
    return { code, findings: findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'manifests-current') };
  };
  await does('record', 'web', '--initial');
  repository.commit('Begin');
  const atRest = repository.files('dist/production');

  // Staging alone: production's manifests stay as they are.
  repository.write('images.yaml', IMAGES('2', '1'));
  await does('synth');
  repository.commit('Release 2 on staging');
  expect(lockOn('staging').inFlight?.plan.approvals.waived).toContain('targets.staging.approvals');
  expect(lockOn('staging').resolved).toMatchObject({ scale: { replicas: 1 }, traffic: { hosts: ['web.staging.example.com'] } });
  expect(lockOn('production').resolved).toMatchObject({ scale: { replicas: 3 }, traffic: { hosts: ['web.example.com'] } });
  expect(repository.files('dist/production')).toEqual(atRest);
  expect(await errors()).toEqual({ code: 0, findings: [] });

  // In flight there is not proven there.
  repository.write('images.yaml', IMAGES('2', '2'));
  expect(await repository.refusal()).toContain(`@${DIGEST('2')}' is not proven on target 'staging', where ${stable()} is stable`);
  expect(await errors()).toMatchObject({
    code: 1,
    findings: [
      {
        rule: 'proven-on',
        file: 'lock/production/shop/web.yaml',
        message: expect.stringContaining(`is not proven on target 'staging', where ${stable()} is stable`),
        source: { file: 'charts/web.yaml' },
      },
    ],
  });
  repository.git('checkout', '--quiet', '--', '.');

  const { inFlight } = lockOn('staging');
  if (inFlight === null) throw new Error('nothing is in flight');
  const { plan, hash } = inFlight;
  const times = { startedAt: '2026-01-05T11:00:00Z', endedAt: '2026-01-05T12:00:00Z' };
  const what = {
    version: 1,
    ...key('staging'),
    plan: hash,
    attempt: plan.attempt,
    run: 1,
    outcome: 'promoted',
    by: null,
    reason: 'promoted',
  };
  const { stable: from, candidate } = plan;
  const record = { ...what, ...times, stable: from, candidate, ...walked(plan, times), waived: plan.approvals.waived };
  repository.write('out/record.json', JSON.stringify(record));
  await does('record', 'web', '--target', 'staging', '--from', 'out/record.json');
  repository.commit('Record 2 on staging');

  repository.write('images.yaml', IMAGES('2', '2'));
  await does('synth');
  repository.commit('Release 2 on production');
  expect(lockOn('production').inFlight?.candidate.image).toBe(candidate.image);
  expect(lockOn('production').inFlight?.plan.approvals.waived).toBeNull();
  expect(await errors()).toEqual({ code: 0, findings: [] });

  // What staging proves next it has to prove as well.
  repository.write('images.yaml', IMAGES('2', '3'));
  expect((await errors()).findings.map(({ rule }) => rule)).toEqual(['proven-on']);

  function stable(): string {
    const { stable } = lockOn('staging');
    return 'name' in stable ? stable.name : stable.deployment;
  }
}, 60_000);
