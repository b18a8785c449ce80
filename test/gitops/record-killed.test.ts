import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI } from '../cli/repository.ts';
import { LOCK, Story } from './story.ts';

describe('a run that is killed', () => {
  /** Ends the process with SIGKILL where it would put the nth file in its place; tells how many there are. */
  const KILLER = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { renameSync } = fs;
const most = Number(process.env.KILL_AT);
let left = most;
process.on('exit', () => fs.writeFileSync('out/renames', String(most - left)));
fs.renameSync = (...args) => {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL');
  return renameSync(...args);
};
syncBuiltinESMExports();
`;

  /** The last files are the record, with --revert images.yaml, and the lock. */
  const last = (renames: number) => [renames - 3, renames - 2, renames - 1];
  it.each<[string, 'promoted' | 'aborted', readonly string[], 'git' | 'no git', (renames: number) => readonly number[]]>([
    ['of a promotion', 'promoted', [], 'git', (renames) => [0, 1, Math.floor(renames / 2), renames - 2, renames - 1]],
    ['that also puts the image of stable back', 'aborted', ['--revert'], 'git', last],
    ['that also puts the image of stable back where there is no git', 'aborted', ['--revert'], 'no git', last],
  ])('%s leaves the old lock wherever that happens, and the next run completes it', async (_, outcome, options, git, moments) => {
    const story = await Story.begin();
    await story.releases('2');
    if (git === 'no git') rmSync(join(story.repository.directory, '.git'), { recursive: true });
    const args = ['record', 'web', '--from', story.put(story.ended(outcome)), ...options];
    const all = (): Readonly<Record<string, string>> => {
      const { repository } = story;
      return { ...repository.output(), ...repository.files('releases'), 'images.yaml': repository.read('images.yaml') };
    };
    const killer = `--import ${join(story.repository.directory, 'out/killer.mjs')}`;
    const run = (at: number) => story.repository.run(process.execPath, [CLI, ...args], { KILL_AT: String(at), NODE_OPTIONS: killer });
    story.repository.write('out/killer.mjs', KILLER);
    const before = all();
    expect((await run(10_000)).code).toBe(0);
    const after = all();
    const renames = Number(story.repository.read('out/renames'));
    const takeBack = () => {
      for (const folder of ['dist', 'lock', 'releases']) rmSync(join(story.repository.directory, folder), { recursive: true, force: true });
      for (const [path, text] of Object.entries(before)) story.repository.write(path, text);
    };
    takeBack();
    expect(all()).toEqual(before);
    for (const at of moments(renames)) {
      expect([at, (await run(at)).code]).toEqual([at, 255]);
      expect(story.repository.read(LOCK)).toBe(before[LOCK]);
      await story.does(...args);
      expect(all()).toEqual(after);
      takeBack();
      expect(all()).toEqual(before);
    }
  });
});
