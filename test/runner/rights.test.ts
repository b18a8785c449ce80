import { describe, expect, test } from 'vitest';
import { missingRight, type Right } from '../../lib/runner/rights.ts';
import { PATHS } from './release.ts';
import { Scene } from './scene.ts';

const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames?: string[]) => ({
  ...{ verbs, apiGroups, resources },
  ...(resourceNames ? { resourceNames } : {}),
});
const review = (resourceRules: readonly object[], incomplete = false) => ({ status: { resourceRules, incomplete } });

const scale: Right = ['patch', { apiVersion: 'apps/v1', resource: 'deployments', subresource: 'scale', name: 'web' }];
const events: Right = ['create', { apiVersion: 'v1', resource: 'events' }];
const given = rule(['get', 'patch'], ['apps'], ['deployments/scale'], ['web', 'other']);

describe('a right', () => {
  test.each<[string, unknown, readonly Right[], Right | undefined]>([
    ['is listed', review([given]), [scale], undefined],
    ['is listed by wildcards', review([rule(['*'], ['*'], ['*'])]), [scale, events], undefined],
    ['is listed without a name, so for every name', review([rule(['patch'], ['apps'], ['deployments/scale'])]), [scale], undefined],
    ['is for another verb', review([rule(['get'], ['apps'], ['deployments/scale'], ['web'])]), [scale], scale],
    ['is for another group', review([rule(['patch'], [''], ['deployments/scale'], ['web'])]), [scale], scale],
    ['is for the object, not its scale', review([rule(['patch'], ['apps'], ['deployments'], ['web'])]), [scale], scale],
    ['is for another name', review([rule(['patch'], ['apps'], ['deployments/scale'], ['other'])]), [scale], scale],
    ['of the core group is missing', review([given]), [scale, events], events],
    ['is missing from no rules at all', review([]), [events], events],
    ['may be there, for not all is listed', review([], true), [events], undefined],
    ['may be there, for nobody tells', null, [events], undefined],
  ])('%s', (_, told, needed, missing) => {
    expect(missingRight(told, needed)).toEqual(missing);
  });
});

test('a release that has begun goes on, whatever right it has lost: stable needs its guard', async () => {
  let lost = false;
  const scene = new Scene({
    wrap: (connection) => ({
      ...connection,
      exchange: async (request) =>
        lost && request.path.endsWith('/selfsubjectrulesreviews')
          ? { status: 201, body: review([]), retryAfterMilliseconds: null }
          : connection.exchange(request),
    }),
  });
  const runner = scene.start();
  await scene.time.run(45_000);
  runner.alive = false;
  lost = true;
  scene.start();
  await scene.until(['Promoted']);
  expect(scene.phase).toBe('Promoted');
});

test('what a step waits for is told, although the same decision told that it begins', async () => {
  const scene = new Scene({ smoke: { ends: 'absent', after: 0 } });
  const runner = scene.start();
  await scene.time.run(60_000);
  const lines = runner.lines.map(({ message }) => message).filter((message) => message.includes('is not there'));
  expect(lines).toHaveLength(1);
  expect(scene.api.find(PATHS.job(scene.plan))).toBeUndefined();
});
