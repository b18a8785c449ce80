import { describe, expect, it } from 'vitest';
import { nearest } from '../../lib/schema/nearest.ts';

const FIELDS = ['replicas', 'selector', 'strategy', 'template', 'livenessProbe', 'readinessProbe', 'image', 'name', 'hosts', 'to'];

describe('nearest', () => {
  it.each([
    ['replica', 'replicas'],
    ['relpicas', 'replicas'],
    ['livenesProbe', 'livenessProbe'],
    ['livenessprobe', 'livenessProbe'],
    ['IMAGE', 'image'],
    ['nmae', 'name'],
    ['host', 'hosts'],
    ['TO', 'to'],
    ['startegy', 'strategy'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, FIELDS)).toBe(meant);
  });

  it.each(['banana', 'x', 'ot', 'spec', '', 'containers'])('does not guess for %j', (word) => {
    expect(nearest(word, FIELDS)).toBeNull();
  });

  it('prefers the closest, and the first of equals', () => {
    expect(nearest('weigth', ['weights', 'weight'])).toBe('weight');
    expect(nearest('cat', ['bat', 'hat'])).toBe('bat');
    expect(nearest('cat', [])).toBeNull();
  });
});
