import { chmodSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileSystem, realFileSystem } from '../../lib/output/file-system.ts';
import { type Output, planWrites } from '../../lib/output/files.ts';
import { formatRecord } from '../../lib/output/record.ts';
import { ProblemError } from '../../lib/schema/problem.ts';
import { plant, repository, type Tree, treeOf } from './repository.ts';

const WEB = 'dist/production/shop/web';
const LOCK = 'lock/production/shop/web.yaml';

/** Files below dist/production/shop/web by name; a lock; swept like a full run. */
function output(root: string, files: Tree, lock: string | null = 'lock 1\n'): Output {
  return {
    root,
    files: new Map(Object.entries(files).map(([name, text]) => [name.includes('/') ? name : `${WEB}/${name}`, text])),
    last: new Map(lock === null ? [] : [[LOCK, lock]]),
    sweep: ['dist'],
  };
}

/** What the repository looks like once `output` has been written into an empty one. */
const written = (files: Tree, lock = 'lock 1\n'): Tree => ({
  ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`${WEB}/${name}`, text])),
  [`${WEB}/.files`]: formatRecord(Object.keys(files)),
  [LOCK]: lock,
});

function problemsOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('writing', () => {
  it('puts files, their list and the lock in place', () => {
    const root = repository({ 'README.md': 'mine\n' });
    const writes = planWrites(output(root, { 'service-web.yaml': 's\n', 'deployment-web.yaml': 'd\n' }));
    expect(treeOf(root)).toEqual({ 'README.md': 'mine\n' });
    expect(writes.commit()).toEqual({
      written: [`${WEB}/.files`, `${WEB}/deployment-web.yaml`, `${WEB}/service-web.yaml`, LOCK],
      removed: [],
      unchanged: 0,
    });
    expect(treeOf(root)).toEqual({
      'README.md': 'mine\n',
      [`${WEB}/.files`]:
        '# What tidegate wrote into this folder. It changes and removes these files and no others. Never edit this list.\ndeployment-web.yaml\nservice-web.yaml\n',
      [`${WEB}/deployment-web.yaml`]: 'd\n',
      [`${WEB}/service-web.yaml`]: 's\n',
      [LOCK]: 'lock 1\n',
    });
  });

  it('puts a file into the root, and forgets no text', () => {
    const root = repository();
    const last = new Map([['images.yaml', 'images: {}\n']]);
    expect(planWrites({ root, files: new Map(), last }).commit().written).toEqual(['images.yaml']);
    expect(treeOf(root)).toEqual({ 'images.yaml': 'images: {}\n' });
    const lost = { keys: () => last.keys(), get: () => undefined };
    expect(() => planWrites({ root, files: new Map(), last: lost })).toThrow('nobody has the text of images.yaml');
    expect(treeOf(root)).toEqual({ 'images.yaml': 'images: {}\n' });
  });

  it('touches nothing that is as it should be', () => {
    const root = repository(written({ 'a.yaml': 'a\n', 'b.yaml': 'b\n' }));
    for (const path of Object.keys(treeOf(root))) utimesSync(join(root, path), 1, 1);
    const writes = planWrites(output(root, { 'a.yaml': 'a\n', 'b.yaml': 'new\n' }));
    expect(writes).toMatchObject({ added: [], changed: [`${WEB}/b.yaml`], removed: [], unchanged: 2 });
    writes.commit();
    const touched = Object.keys(treeOf(root)).filter((path) => statSync(join(root, path)).mtimeMs !== 1_000);
    expect(touched).toEqual([`${WEB}/b.yaml`]);
  });

  it('removes what it wrote before and nothing else, and folders that are empty then', () => {
    const root = repository({
      ...written({ 'a.yaml': 'a\n', 'b.yaml': 'b\n' }),
      [`${WEB}/notes.txt`]: 'mine\n',
      'dist/production/shop/old/.files': formatRecord(['x.yaml', 'gone.yaml']),
      'dist/production/shop/old/x.yaml': 'x\n',
      'dist/staging/shop/old/.files': formatRecord(['x.yaml']),
      'dist/staging/shop/old/x.yaml': 'edited by hand\n',
      'dist/staging/mine.yaml': 'mine\n',
      'dist/hand-made/y.yaml': 'mine\n',
    });
    const writes = planWrites(output(root, { 'a.yaml': 'a\n' }));
    expect(writes.removed).toEqual([
      'dist/production/shop/old/.files',
      'dist/production/shop/old/x.yaml',
      `${WEB}/b.yaml`,
      'dist/staging/shop/old/.files',
      'dist/staging/shop/old/x.yaml',
    ]);
    writes.commit();
    expect(treeOf(root)).toEqual({
      ...written({ 'a.yaml': 'a\n' }),
      [`${WEB}/notes.txt`]: 'mine\n',
      'dist/staging/mine.yaml': 'mine\n',
      'dist/hand-made/y.yaml': 'mine\n',
    });
  });

  it('leaves other releases alone where nothing is swept', () => {
    const other = { 'dist/production/shop/other/.files': formatRecord(['x.yaml']), 'dist/production/shop/other/x.yaml': 'x\n' };
    const root = repository({ ...written({ 'a.yaml': 'a\n', 'b.yaml': 'b\n' }), ...other });
    planWrites({ ...output(root, { 'a.yaml': 'a\n' }), sweep: [] }).commit();
    expect(treeOf(root)).toEqual({ ...written({ 'a.yaml': 'a\n' }), ...other });
  });

  it('takes a file for its own that is not listed but the same', () => {
    const root = repository({ [`${WEB}/a.yaml`]: 'a\n', [LOCK]: 'lock 1\n' });
    expect(planWrites(output(root, { 'a.yaml': 'a\n' })).commit().written).toEqual([`${WEB}/.files`]);
    expect(treeOf(root)).toEqual(written({ 'a.yaml': 'a\n' }));
  });

  it('follows a dist that is a link inside the repository', () => {
    const root = repository({ 'out/': '', dist: '-> out' });
    planWrites(output(root, { 'a.yaml': 'a\n' })).commit();
    expect(treeOf(root)['out/production/shop/web/a.yaml']).toBe('a\n');
  });

  it('sweeps away what a killed run left, and only that', () => {
    const root = repository({
      ...written({ 'a.yaml': 'a\n' }),
      [`${WEB}/.tidegate-0.new`]: 'half',
      'lock/production/shop/.tidegate-7.old': 'lock 0\n',
      'dist/production/shop/new/.tidegate-1.new': 'half',
      [`${WEB}/.tidegate-notes`]: 'mine\n',
    });
    planWrites(output(root, { 'a.yaml': 'a\n' })).commit();
    expect(treeOf(root)).toEqual({ ...written({ 'a.yaml': 'a\n' }), [`${WEB}/.tidegate-notes`]: 'mine\n' });
  });
});

describe('what is not written over', () => {
  it('names each file that a person put there, and the remedy', () => {
    const root = repository({
      ...written({ 'a.yaml': 'a\n' }),
      [`${WEB}/b.yaml`]: 'mine\n',
      [`${WEB}/c.yaml/`]: '',
      [`${WEB}/d.yaml`]: '-> a.yaml',
    });
    const before = treeOf(root);
    expect(problemsOf(() => planWrites(output(root, { 'a.yaml': 'x\n', 'b.yaml': 'b\n', 'c.yaml': 'c\n', 'd.yaml': 'a\n' })))).toBe(
      [
        `${WEB}/b.yaml is to be written, but a file stands there that ${WEB}/.files does not list as tidegate's. Move it elsewhere, or delete it if its content is not needed, and run again.`,
        `${WEB}/c.yaml is a folder, where a file is to be written. Move it away and run again.`,
        `${WEB}/d.yaml is a symbolic link, where a file is to be written. Move it away and run again.`,
      ].join('\n'),
    );
    expect(treeOf(root)).toEqual(before);
  });

  it.each<[string, string, string]>([
    [
      'a merge conflict',
      '<<<<<<< HEAD\na.yaml\n=======\nb.yaml\n>>>>>>> main\n',
      'holds a merge conflict. Keep the names of both sides, delete the markers, and run again',
    ],
    [
      'a path',
      '../../../etc/passwd\n',
      "lists '../../../etc/passwd', which is no name of a file that tidegate writes. Restore it with `git checkout",
    ],
    ['garbage', '\u0000\u0001 x\n', 'which is no name of a file'],
    ['its own name', '.files\n', "lists '.files'"],
  ])('refuses a list that holds %s', (_, list, message) => {
    const root = repository({ [`${WEB}/.files`]: list, [`${WEB}/a.yaml`]: 'a\n' });
    const before = treeOf(root);
    const problem = problemsOf(() => planWrites(output(root, { 'a.yaml': 'new\n' })));
    expect(problem).toContain(`${WEB}/.files ${message.startsWith('which') ? 'lists' : message}`);
    expect(problem).toContain(message);
    expect(treeOf(root)).toEqual(before);
  });

  it.each(['dist', 'dist/production', 'dist/production/shop', WEB, 'lock', 'lock/production/shop'])(
    'refuses %s as a link out of the repository',
    (folder) => {
      const outside = repository({ 'keep.yaml': 'theirs\n' });
      const root = repository({ [folder]: `-> ${outside}` });
      expect(problemsOf(() => planWrites(output(root, { 'a.yaml': 'a\n', 'b.yaml': 'b\n' })))).toBe(
        `${folder} is a symbolic link that leads out of the repository, to ${outside}. Put a folder in its place and run again; nothing was written.`,
      );
      expect(treeOf(outside)).toEqual({ 'keep.yaml': 'theirs\n' });
    },
  );

  it.each(['dist', 'dist/production', WEB, 'lock/production'])('refuses %s as a file', (folder) => {
    const root = repository({ [folder]: 'a file\n' });
    expect(problemsOf(() => planWrites(output(root, { 'a.yaml': 'a\n' })))).toBe(
      `${folder} is a file, where a folder is needed. Move it away and run again.`,
    );
    expect(treeOf(root)).toEqual({ [folder]: 'a file\n' });
  });

  it('refuses a link that leads nowhere', () => {
    const root = repository({ dist: '-> missing' });
    expect(problemsOf(() => planWrites(output(root, { 'a.yaml': 'a\n' })))).toContain('cannot read dist, a symbolic link');
  });

  it('refuses two paths that differ in case only', () => {
    const root = repository();
    expect(problemsOf(() => planWrites(output(root, { 'role-A.yaml': 'a\n', 'role-a.yaml': 'a\n' })))).toContain(
      'are one file on systems that ignore case',
    );
  });

  it.each(['../x.yaml', 'dist/../../x.yaml', '/etc/x.yaml', 'dist//x.yaml', `${WEB}/.files`])('is never asked to write %s', (path) => {
    expect(() => planWrites({ root: repository(), files: new Map([[path, 'x']]), last: new Map() })).toThrow(RangeError);
  });

  it.skipIf(process.getuid?.() === 0)('says that a folder is read-only (not as root, whom nothing stops)', () => {
    const root = repository(written({ 'a.yaml': 'a\n' }));
    chmodSync(join(root, WEB), 0o555);
    const problem = problemsOf(() => planWrites(output(root, { 'a.yaml': 'new\n' })).commit());
    chmodSync(join(root, WEB), 0o755);
    expect(problem).toBe(
      `cannot write ${WEB}/a.yaml: permission is denied (EACCES). Give yourself the right to write there and run again; everything is as it was.`,
    );
    expect(treeOf(root)).toEqual(written({ 'a.yaml': 'a\n' }));
  });
});

/** A run with everything in it: files and folders that come, change, go and stay, in two releases, and a lock that changes. */
const BEFORE: Tree = {
  ...written({ 'changes.yaml': 'old\n', 'goes.yaml': 'old\n', 'stays.yaml': 'same\n' }),
  'dist/production/shop/old/.files': formatRecord(['x.yaml']),
  'dist/production/shop/old/x.yaml': 'x\n',
  'dist/mine.yaml': 'mine\n',
};
const AFTER: Tree = {
  ...written({ 'changes.yaml': 'new\n', 'comes.yaml': 'new\n', 'stays.yaml': 'same\n' }, 'lock 2\n'),
  'dist/staging/shop/api/.files': formatRecord(['y.yaml']),
  'dist/staging/shop/api/y.yaml': 'y\n',
  'dist/mine.yaml': 'mine\n',
};
const run = (root: string, fs?: FileSystem) =>
  planWrites(
    output(
      root,
      { 'changes.yaml': 'new\n', 'comes.yaml': 'new\n', 'stays.yaml': 'same\n', 'dist/staging/shop/api/y.yaml': 'y\n' },
      'lock 2\n',
    ),
    fs,
  ).commit();

/** A file system on which the calls from `first` to `last` fail, counted from 1; and the count of those made. */
function failing(first: number, last: number, code: string): { fs: FileSystem; calls: () => number } {
  let count = 0;
  const fs = Object.fromEntries(
    Object.entries(realFileSystem).map(([name, operation]: [string, (...args: never[]) => unknown]) => [
      name,
      (...args: never[]) => {
        count++;
        if (count >= first && count <= last) throw Object.assign(new Error(`${code}: injected into ${name}`), { code });
        return operation(...args);
      },
    ]),
  ) as unknown as FileSystem;
  return { fs, calls: () => count };
}

const NEVER = Number.POSITIVE_INFINITY;
const counter = failing(NEVER, NEVER, 'none');
function callsOfARun(): number {
  run(repository(BEFORE), counter.fs);
  return counter.calls();
}

describe('all or nothing', () => {
  it('ends as it should when nothing fails', () => {
    const root = repository(BEFORE);
    run(root);
    expect(treeOf(root)).toEqual(AFTER);
    expect(run(root)).toEqual({ written: [], removed: [], unchanged: 5 });
  });

  it('holds whichever call fails', () => {
    const total = callsOfARun();
    let refused = 0;
    for (let call = 1; call <= total; call++) {
      const root = repository(BEFORE);
      let problem = '';
      try {
        run(root, failing(call, call, 'EIO').fs);
      } catch (error) {
        expect(error, `call ${call}`).toBeInstanceOf(ProblemError);
        problem = (error as ProblemError).message;
      }
      if (problem === '') {
        // Only tidying up failed: all is written, and what is left over the next run takes away.
        expect(meaningful(treeOf(root)), `call ${call}`).toEqual(AFTER);
      } else {
        refused++;
        expect(problem).toMatch(/^cannot (read|write|remove) (dist|lock)[^:]*: .*\(EIO\)\. .* and run again; everything is as it was\.$/);
        expect(treeOf(root), `call ${call}: ${problem}`).toEqual(BEFORE);
      }
      run(root);
      expect(meaningful(treeOf(root)), `the run after call ${call}`).toEqual(AFTER);
      expect(leftovers(root)).toEqual([]);
    }
    expect(refused).toBeGreaterThan(30);
  });

  it.each([
    ['EACCES', 'permission is denied (EACCES). Give yourself the right to write there and run again'],
    ['EROFS', 'the file system is read-only (EROFS). Mount it writable and run again'],
    ['ENOSPC', 'no space is left (ENOSPC). Free some space and run again'],
  ])('names place and remedy of %s', (code, rest) => {
    const root = repository(BEFORE);
    const fs: FileSystem = {
      ...realFileSystem,
      create() {
        throw Object.assign(new Error(code), { code });
      },
    };
    expect(problemsOf(() => run(root, fs))).toBe(`cannot write ${WEB}/.files: ${rest}; everything is as it was.`);
    expect(treeOf(root)).toEqual(BEFORE);
  });

  it('converges after a kill at any call', () => {
    const total = callsOfARun();
    for (let call = 1; call <= total; call++) {
      const root = repository(BEFORE);
      try {
        run(root, failing(call, NEVER, 'KILLED').fs);
      } catch {
        // Dead: not one call after this one was carried out.
      }
      const files = meaningful(treeOf(root));
      if (files[LOCK] === 'lock 2\n') expect(files, `the lock comes last, call ${call}`).toEqual(AFTER);
      run(root);
      expect(meaningful(treeOf(root)), `the run after a kill at call ${call}`).toEqual(AFTER);
      expect(leftovers(root)).toEqual([]);
    }
  });

  it('converges after a kill even if the release has changed again', () => {
    const total = callsOfARun();
    for (let call = 1; call <= total; call++) {
      const root = repository(BEFORE);
      try {
        run(root, failing(call, NEVER, 'KILLED').fs);
      } catch {
        // Dead.
      }
      planWrites(output(root, { 'comes.yaml': 'newer\n', 'stays.yaml': 'same\n' }, 'lock 3\n')).commit();
      expect(meaningful(treeOf(root)), `after a kill at call ${call}`).toEqual({
        ...written({ 'comes.yaml': 'newer\n', 'stays.yaml': 'same\n' }, 'lock 3\n'),
        'dist/mine.yaml': 'mine\n',
      });
    }
  });

  it('says what could not be put back when a disk fails for good, and only then', () => {
    const total = callsOfARun();
    const stuck: string[] = [];
    for (let call = 1; call <= total; call++) {
      const root = repository(BEFORE);
      const message = problemsOf(() => run(root, failing(call, NEVER, 'EIO').fs));
      if (message === 'no problem') continue;
      const asBefore = JSON.stringify(meaningful(treeOf(root))) === JSON.stringify(meaningful(treeOf(repository(BEFORE))));
      expect(message.includes('everything is as it was'), `call ${call}: ${message}`).toBe(asBefore);
      if (!asBefore) stuck.push(message);
    }
    for (const message of stuck)
      expect(message).toMatch(/(dist|lock)\S* could not be put back as (it was|they were)\. Mend the cause and run again/);
    expect(stuck.length).toBeGreaterThan(0);
  });
});

/** Without what a failed run may leave, and git does not see or the next run takes away. */
const meaningful = (tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !path.endsWith('/') && !/\/\.tidegate-\d+\.(new|old)$/.test(path)));

const leftovers = (root: string): string[] => Object.keys(treeOf(root)).filter((path) => path.includes('.tidegate-'));

describe('many files', () => {
  it('are compared without being written', () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`dist/production/shop/r${n}/a.yaml`, `text ${n}\n`]));
    const root = repository();
    plant(root, {});
    expect(planWrites(output(root, files, null)).commit().written).toHaveLength(1_000);
    expect(planWrites(output(root, files, null))).toMatchObject({ added: [], changed: [], removed: [], unchanged: 500 });
  });
});
