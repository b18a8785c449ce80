import { describe, expect, it } from 'vitest';
import { isExternal, type Lock } from '../../lib/lock/lock.ts';
import { readLock } from '../../lib/lock/read.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';

const rest = compile({}, null).lock;
const flight = compile({ image: image('a') }, rest).lock;
const text = writeLock(flight);

function problems(source: string): string {
  try {
    readLock(source, KEY);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem).join('\n');
    throw error;
  }
  return '';
}

const oldService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'old', namespace: 'shop' },
  spec: { selector: { app: 'old' }, ports: [{ port: 80 }] },
};

describe('a lock', () => {
  it.each<[string, Lock]>([
    ['at rest', rest],
    ['in flight', flight],
    ['with a revision that retires', compile({}, flight).lock],
    ['with an external stable', { ...flight, stable: { external: true, deployment: 'old', image: 'x', objects: { service: oldService } } }],
  ])('%s reads back as it was written', (_, lock) => {
    expect(readLock(writeLock(lock), KEY)).toEqual(lock);
  });

  it('is the same text whatever the order of its keys', () => {
    expect(writeLock(Object.fromEntries(Object.entries(flight).reverse()) as unknown as Lock)).toBe(text);
  });
});

/** The lock in flight, stable's Service selecting another revision. */
function withSelector(revision: string): Lock {
  const { stable } = flight;
  if (isExternal(stable)) throw new Error('stable is external');
  const spec = {
    ...(stable.objects.service.spec as object),
    selector: { 'tidegate.dev/release': 'web', 'tidegate.dev/revision': revision },
  };
  return { ...flight, stable: { ...stable, objects: { ...stable.objects, service: { ...stable.objects.service, spec } } } };
}

describe('a broken lock', () => {
  it.each([
    ['cut short', text.slice(0, text.length / 2), 'lock/production/shop/web.yaml:'],
    ['empty', '', 'the lock is of version none; this Tidegate reads version 1.'],
    ['of another version', text.replace(/^version: 1$/m, 'version: 2'), 'the lock is of version 2; this Tidegate reads version 1.'],
    [
      'with an edited template',
      text.replace('port: 8080', 'port: 8081').replace('containerPort: 8080', 'containerPort: 8081'),
      'it was edited, and a revision never changes.',
    ],
    [
      'with an edited selector',
      writeLock(withSelector('web-00000000')),
      'stable.objects.service.spec.selector: this is not what belongs to',
    ],
    [
      'with another image than its template',
      text.replace(/^ {2}image: .*$/m, '  image: other'),
      'stable.image: this is not what belongs to',
    ],
    ['with a miscounted attempt', text.replace(/^attempts: 1$/m, 'attempts: 0'), 'the plan in flight is attempt 1, but 0 were counted.'],
    ['with an edited plan', text.replace(/attempt: 1$/m, 'attempt: 2'), 'inFlight.plan: the plan hashes to'],
    ['with an unknown field', text.replace(/^version: 1$/m, 'version: 1\nstabel: {}'), "unknown field 'stabel', did you mean 'stable'?"],
    ['with a wrong type', text.replace(/^attempts: 1$/m, 'attempts: one'), "attempts: found 'one', expected a number."],
    ['of another release', text.replace(/^release: web$/m, 'release: shop'), "the lock is of release 'shop', but its path says 'web'."],
    ['with an alias', `${text}\nx: &x [1]\ny: *x\n`, 'the lock holds a YAML alias'],
    ['with two values for a key', text.replace(/^version: 1$/m, 'version: 1\nversion: 1'), 'Map keys must be unique'],
    ['with an edited host', text.replaceAll('web.example.com', 'evil.example.com'), 'it was edited by hand.'],
    ['with an edited smoke Job', text.replace(/backoffLimit: \d+/, 'backoffLimit: 2'), 'it was edited by hand.'],
    ['of many megabytes', `${text}# ${'x'.repeat(65 * 1024 * 1024)}`, 'at most 67108864 are read.'],
  ])('%s is an error that says how to get it back', (_, source, message) => {
    const said = problems(source);
    expect(said).toContain(message);
    expect(said).toContain('git checkout HEAD -- lock/production/shop/web.yaml');
  });

  it('with merge conflict markers is taken from the branch that is applied, not from the last commit', () => {
    const line = text.split('\n').indexOf('version: 1') + 1;
    const said = problems(text.replace(/^version: 1$/m, '<<<<<<< HEAD\nversion: 1\n======='));
    expect(said).toContain(`lock/production/shop/web.yaml:${line}:1: the lock holds a merge conflict: two changes of release 'web' meet`);
    expect(said).toContain('git checkout origin/main -- lock/production/shop/web.yaml');
  });
});
