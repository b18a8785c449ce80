import { describe, expect, test } from 'vitest';
import { Api, type ApiAnswer } from '../../lib/runner/api.ts';

const configMap = { apiVersion: 'v1', resource: 'configmaps', name: 'web-status' } as const;
const route = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', name: 'web' } as const;

describe('what an answer means', () => {
  const ask = async (...answers: readonly Partial<ApiAnswer>[]) => {
    const left = [...answers];
    const asked: string[] = [];
    const connection = {
      renewToken: () => asked.push('renew'),
      stream: async () => null,
      exchange: async ({ method, path }: { method: string; path: string }) => {
        asked.push(`${method} ${path}`);
        return { status: 200, body: {}, retryAfterMilliseconds: null, ...left.shift() };
      },
    };
    return { api: new Api(connection, 'shop'), asked };
  };

  test.each<[string, Partial<ApiAnswer>, object]>([
    ['409', { status: 409 }, { trouble: 'changed' }],
    ['422 to a patch', { status: 422 }, { trouble: 'changed' }],
    ['404 to a patch', { status: 404 }, { trouble: 'changed' }],
    [
      '403',
      { status: 403 },
      { trouble: 'forbidden', message: expect.stringContaining("the runner's Role lacks verb patch on virtualservices web") },
    ],
    ['429 with Retry-After', { status: 429, retryAfterMilliseconds: 3_000 }, { trouble: 'unreachable', retryAfterMilliseconds: 3_000 }],
    ['503 with Retry-After', { status: 503, retryAfterMilliseconds: 5_000 }, { trouble: 'unreachable', retryAfterMilliseconds: null }],
    ['500', { status: 500 }, { trouble: 'unreachable' }],
    ['504', { status: 504 }, { trouble: 'unreachable' }],
    [
      '400',
      { status: 400, body: { message: 'bad request' } },
      { trouble: 'refused', message: 'patch virtualservices web: 400 bad request' },
    ],
  ])('%s', async (_, answer, error) => {
    const { api } = await ask(answer);
    await expect(api.patch(route, 'json-patch+json', [])).rejects.toMatchObject(error);
  });

  test('401 once: the token is read anew; twice: trouble', async () => {
    const { api, asked } = await ask({ status: 401 }, { status: 200, body: { a: 1 } }, { status: 401 }, { status: 401 });
    expect(await api.get(configMap)).toEqual({ a: 1 });
    expect(asked).toEqual([
      'GET /api/v1/namespaces/shop/configmaps/web-status',
      'renew',
      'GET /api/v1/namespaces/shop/configmaps/web-status',
    ]);
    await expect(api.get(configMap)).rejects.toMatchObject({ trouble: 'unreachable' });
  });

  test('404 of an object is null, 404 of a kind names the CRD', async () => {
    const { api } = await ask({ status: 404, body: { details: { name: 'web' } } }, { status: 404, body: 'page not found' });
    expect(await api.get(route)).toBe(null);
    await expect(api.get(route)).rejects.toMatchObject({ trouble: 'unknown-kind', message: expect.stringContaining('install its CRD') });
  });

  test('every write carries the field manager', async () => {
    const { api, asked } = await ask();
    await api.patch({ apiVersion: 'apps/v1', resource: 'deployments', name: 'web-1', subresource: 'scale' }, 'merge-patch+json', {});
    await api.patch(configMap, 'apply-patch+yaml', {});
    await api.create({ apiVersion: 'v1', resource: 'events' }, {});
    expect(asked).toEqual([
      'PATCH /apis/apps/v1/namespaces/shop/deployments/web-1/scale?fieldManager=tidegate-runner',
      'PATCH /api/v1/namespaces/shop/configmaps/web-status?fieldManager=tidegate-runner&force=true',
      'POST /api/v1/namespaces/shop/events?fieldManager=tidegate-runner',
    ]);
  });
});
