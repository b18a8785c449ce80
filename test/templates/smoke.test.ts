import { describe, expect, it } from 'vitest';
import { healthEndpoints, httpSmoke, versionReported } from '../../templates/index.ts';

describe('smoke tests', () => {
  it('keep the order in which their checks are given', () => {
    expect(
      httpSmoke('smoke', healthEndpoints('/healthz', '/readyz'), versionReported('/api/version'), {
        path: '/api/checkout/smoke',
        timeout: '3s',
      }),
    ).toEqual({
      name: 'smoke',
      http: [
        { path: '/healthz' },
        { path: '/readyz' },
        { path: '/api/version', json: { version: '{{version}}' } },
        { path: '/api/checkout/smoke', timeout: '3s' },
      ],
    });
  });

  it.each([
    [versionReported('/about', { field: 'build' }), { build: '{{version}}' }],
    [versionReported('/about', { field: 'image', is: 'digest' }), { image: '{{digest}}' }],
    [versionReported('/about', { is: 'revision' }), { version: '{{revision}}' }],
  ])('can ask for what the service reports: %j', (check, json) => {
    expect(check).toEqual({ path: '/about', json });
  });

  it('that check nothing, or another host, are refused', () => {
    expect(() => httpSmoke('smoke')).toThrow(/'smoke' checks nothing/);
    expect(() => httpSmoke('smoke', healthEndpoints())).toThrow(/'smoke' checks nothing/);
    expect(() => httpSmoke('smoke', { path: 'https://elsewhere/' })).toThrow(/path begins with '\/'/);
  });
});
