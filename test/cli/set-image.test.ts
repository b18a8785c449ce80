import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages, ROOT } from '../docs/pages.ts';
import { beginning, chart, DIGEST, succeeds } from './repository.ts';

const CHARTS = 'charts/main.ts';
const IMAGES = `# digests, for bots
images:
  web: registry.example.com/web:1.0.0@${DIGEST('1')} # the shop
`;
const unpinned = { [CHARTS]: chart().replace(`:1.0.0@${DIGEST('1')}`, ''), 'images.yaml': IMAGES };
const recorded = beginning(unpinned, succeeds('record', 'web', '--initial'));

describe('a release whose digest is in images.yaml', () => {
  it('has the same output, byte for byte, as one that pins it in its intent', async () => {
    const [own, apart] = await Promise.all([beginning({ [CHARTS]: chart() }, succeeds('record', 'web', '--initial'))(), recorded()]);
    expect(apart.output()).toEqual(own.output());
  });

  it('is released by one changed line, and by nothing else', async () => {
    const repository = await recorded();
    const set = await repository.tidegate('set-image', `web:1.1.0@${DIGEST('2')}`);
    expect(set).toMatchObject({ code: 0, err: expect.stringContaining('Next: `tidegate synth`') });
    expect(set.out).toBe(
      `images.yaml:3  web  registry.example.com/web:1.0.0@${DIGEST('1')} -> registry.example.com/web:1.1.0@${DIGEST('2')}\n`,
    );
    expect(repository.read('images.yaml')).toBe(IMAGES.replace('1.0.0', '1.1.0').replace(DIGEST('1'), DIGEST('2')));
    expect((await repository.tidegate('synth')).out).toMatch(/release started: web-\w+ -> web-\w+/);

    const again = await repository.tidegate('set-image', `web@${DIGEST('2')}`, '--format', 'json');
    expect(JSON.parse(again.out)).toEqual({
      version: 1,
      release: 'web',
      target: null,
      file: 'images.yaml',
      line: 3,
      before: `registry.example.com/web:1.1.0@${DIGEST('2')}`,
      after: `registry.example.com/web:1.1.0@${DIGEST('2')}`,
      changed: false,
    });
  });

  it('can be another one on another target', async () => {
    const repository = await recorded();
    repository.write('tidegate.yaml', 'targets: {production: {}, staging: {approvals: waived}}\n');
    repository.write('images.yaml', `${IMAGES}targets:\n  staging:\n    web: registry.example.com/web:2.0.0@${DIGEST('3')}\n`);
    await succeeds('record', 'web', '--initial', '--target', 'staging')(repository);
    expect(repository.read('lock/staging/shop/web.yaml')).toContain(DIGEST('3'));
    expect((await repository.tidegate('synth', '--check')).code).toBe(0);
  });
});

describe('tidegate set-image', () => {
  it.each([
    [[], 'set-image takes one release with a digest'],
    [['web'], 'set-image takes one release with a digest'],
    [[`web@${DIGEST('1')}`, `api@${DIGEST('1')}`], 'set-image takes one release with a digest'],
    [['web@sha256:12'], "the digest must be sha256: and 64 lower-case hex digits, not 'sha256:12'"],
    [[`web:-x@${DIGEST('1')}`], "'-x' cannot be the tag of an image"],
    [[`wbe@${DIGEST('1')}`], "images.yaml has no image of release 'wbe'; did you mean 'web'?"],
    [[`web@${DIGEST('1')}`, '--target', 'staging'], "there is no target 'staging'"],
    [[`web@${DIGEST('1')}`, '--format', 'xml'], '--format xml is not known here'],
  ])('%j is refused, and nothing is written', async (args, said) => {
    const repository = await recorded();
    const { code, out, err } = await repository.tidegate('set-image', ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
    expect(repository.read('images.yaml')).toBe(IMAGES);
  });
});

describe('a line of images.yaml that changes nothing is an error with its place', () => {
  it.each([
    [
      'an unknown release',
      `${IMAGES}  wbe: registry.example.com/web@${DIGEST('2')}\n`,
      /images\.yaml\n {2}4:8 {2}there is no release 'wbe'; did you mean 'web'\?/,
    ],
    [
      'an unknown target',
      `${IMAGES}targets:\n  prod: {web: registry.example.com/web@${DIGEST('2')}}\n`,
      /5:15 {2}there is no target 'prod'/,
    ],
    [
      'two lines, of which one always wins',
      `${IMAGES}targets:\n  production: {web: registry.example.com/web:1.0.0@${DIGEST('1')}}\n`,
      /3:8 {2}this image of 'web' is not used/,
    ],
    ['another repository', IMAGES.replace('com/web', 'com/shop'), /3:8 {2}repository 'registry.example.com\/shop' of release 'web'/],
  ])('%s', async (_, text, said) => {
    const repository = await recorded();
    repository.write('images.yaml', text);
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toMatch(said);
  });

  it('a release that pins its image itself', async () => {
    const repository = await recorded();
    repository.write(CHARTS, chart());
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toContain("3:8  this image of 'web' is not used.");
  });
});

describe('the how-to for bots', () => {
  const page = pages().find(({ path }) => path === 'docs/how-to/images.md');
  const renovate = JSON.parse(page?.blocks.find(({ language }) => language === 'json')?.text ?? '{}');
  const [pattern] = renovate.customManagers[0].matchStrings as string[];

  it.each([IMAGES, IMAGES.replace(/: (registry\S+)/, ": '$1'"), IMAGES.replace('registry.example.com', 'localhost:5000')])(
    'has an expression with which Renovate finds image, tag and digest',
    (text) => {
      const found = [...text.matchAll(new RegExp(pattern ?? '', 'g'))].map(({ groups }) => ({ ...groups }));
      const depName = text.includes('localhost') ? 'localhost:5000/web' : 'registry.example.com/web';
      expect(found).toEqual([{ depName, currentValue: '1.0.0', currentDigest: DIGEST('1') }]);
    },
  );

  it('is part of the documentation', () => {
    expect(readFileSync(join(ROOT, 'docs/README.md'), 'utf8')).toContain('how-to/images.md');
  });
});
