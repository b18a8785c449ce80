import { describe, expect, it } from 'vitest';
import { compile, image } from './compiling.ts';

const key = (digit: string) =>
  Buffer.concat([Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIA==', 'base64').subarray(0, 19), Buffer.alloc(32, digit)]).toString('base64');
const signing = (digit: string) => `signing: { signers: 'alice ssh-ed25519 ${key(digit)}', validFor: 1h }\n`;

describe('the plan of a release', () => {
  const stable = compile({}, null).lock;
  const inFlight = (project: string | null, lock = stable, refresh = false) =>
    compile({ image: image('a') }, lock, { project, refresh }).lock;

  it('carries who may sign, and names the program that verifies', () => {
    const { plan } = inFlight(signing('a')).inFlight ?? {};
    expect(plan?.signing).toEqual({ validForSeconds: 3_600, signers: [{ by: 'alice', key: key('a') }] });
    expect(plan?.uses).toEqual(['signatures']);
    const files = (project: string | null) =>
      compile({}, stable, { project }).objects.flatMap(({ metadata, data }) =>
        metadata.name.startsWith('web-runner-') ? Object.keys(Object(data)) : [],
      );
    expect(files(signing('a'))).toEqual(['runner.mjs', 'bundle.mjs', 'metrics.mjs', 'signatures.mjs']);
    expect(files(null)).toEqual(['runner.mjs', 'bundle.mjs', 'metrics.mjs']);
  });

  it('carries nobody where nobody is asked', () => {
    const { plan } = inFlight(`targets: { production: { approvals: waived } }\n${signing('a')}`).inFlight ?? {};
    expect(plan?.approvals.required).toEqual([]);
    expect(plan).not.toHaveProperty('signing');
    expect(plan).not.toHaveProperty('uses');
  });

  it('keeps its keys while it is in flight, until somebody asks for a new attempt', () => {
    const first = inFlight(signing('a'));
    expect(inFlight(signing('b'), first).inFlight?.hash).toBe(first.inFlight?.hash);
    const second = inFlight(signing('b'), first, true).inFlight;
    expect(second?.plan.signing?.signers).toEqual([{ by: 'alice', key: key('b') }]);
    expect(second?.plan.attempt).toBe(2);
  });
});
