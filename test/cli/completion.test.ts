import { describe, expect, it } from 'vitest';
import { CLI, Repository } from './repository.ts';

/** What bash offers for a line that ends at its last word. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const repository = new Repository({
    'lock/production/shop/web.yaml': '',
    'lock/production/shop/api.yaml': '',
    'lock/staging/shop/web-admin.yaml': '',
  });
  const { out: script } = await repository.tidegate('completion', 'bash');
  repository.write('complete.sh', `${script}\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\n_tidegate\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`);
  const { out, err, code } = await repository.run('bash', ['--norc', 'complete.sh', 'tidegate', ...words]);
  expect([code, err]).toEqual([0, '']);
  return out.split('\n').filter(Boolean).sort();
}

describe('completion of bash', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['app'], ['approve']],
    [['re'], ['record', 'resume', 'retry']],
    [
      ['abort', ''],
      ['api', 'web', 'web-admin'],
    ],
    [
      ['status', 'we'],
      ['web', 'web-admin'],
    ],
    [['synth', '--ref'], ['--refresh']],
    [
      ['approve', 'web', '--c'],
      ['--cluster', '--context', '--cwd'],
    ],
    [['explain', 'probes-d'], ['probes-differ']],
    [
      ['explain', 'set'],
      ['setHeaderRoute', 'setMirrorRoute', 'setWeight'],
    ],
    [['explain', 'strat'], ['strategy']],
    [['synth', ''], []],
    [['nonsense', ''], []],
  ])('%j offers %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });

  it('offers every command', async () => {
    const repository = new Repository({});
    const { out } = await repository.tidegate('--help');
    const commands = [...(out.split('Commands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name);
    expect(await offered('')).toEqual(commands.sort());
  });
});

describe('completion', () => {
  it.each(['zsh', 'fish'])('of %s knows commands, options and releases', async (shell) => {
    const { code, out } = await new Repository({}).tidegate('completion', shell);
    expect(code).toBe(0);
    expect(out).toContain('let a release pass a step that waits for a person');
    expect(out).toContain('lock/*/*/*.yaml');
    expect(out).toMatch(/kubeconfig/);
  });

  it.each([[[]], [['tcsh']], [['bash', 'zsh']], [['__proto__']]])('of %j is a usage error that names the shells', async (args) => {
    const repository = new Repository({});
    const { code, err } = await repository.run(process.execPath, [CLI, 'completion', ...args]);
    expect(code).toBe(2);
    expect(err).toContain('tidegate completion bash|zsh|fish');
  });
});
