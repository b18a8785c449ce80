import { describe, expect, it } from 'vitest';
import { changeImage, imageOn, type NewImage, readImages, withImage } from '../../lib/intent/images.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import { accepted } from './valid.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const image = (digit: string, tag = ':1.4.0') => `registry.example.com/web${tag}@${digest(digit)}`;

function problems(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

describe('images.yaml', () => {
  it.each([
    ['absent', null],
    ['empty', ''],
    ['only comments', '# nothing yet\n'],
    ['without entries', 'images:\ntargets:\n  staging:\n'],
  ])('%s holds no image', (_, text) => {
    expect(readImages(text)).toEqual([]);
  });

  it('has an image for every target, and others for some', () => {
    const images = readImages(`images: {web: ${image('1')}}\ntargets: {staging: {web: ${image('2')}}}\n`);
    const on = (target: string) => imageOn(images, 'web', target)?.image.digest;
    expect([on('production'), on('staging')]).toEqual([digest('1'), digest('2')]);
    expect(imageOn(images, 'webb', 'staging')).toBeNull();
  });

  it.each([
    ['a misspelt key', `imges: {web: ${image('1')}}`, "images.yaml:1:8: imges: unknown field 'imges', did you mean 'images'?"],
    ['a key that is given twice', `images:\n  web: ${image('1')}\n  web: ${image('2')}`, 'images.yaml:3:3: Map keys must be unique.'],
    ['an alias', `images: {a: &a ${image('1')}, b: *a}`, 'the file uses a YAML alias. Write the value out.'],
    ['__proto__', `images: {__proto__: ${image('1')}}`, "release name '__proto__' must be lower-case letters"],
    ['__proto__ of targets', `targets: {__proto__: {web: ${image('1')}}}`, "target '__proto__' must be lower-case letters"],
    ['a merge key', `images: {<<: {web: ${image('1')}}}`, "images.yaml:1:14: images['<<']: found an object, expected an image by digest."],
    ['a list', 'images: [web]', 'images.yaml:1:9: images: found a list, expected an object or null.'],
    ['a number', 'images: {web: 1}', 'images.yaml:1:15: images.web: found 1, expected an image by digest.'],
    ['two documents', `images: {}\n---\nimages: {}\n`, 'images.yaml:2:1: Source contains multiple documents'],
    ['an image without digest', 'images:\n  web: registry.example.com/web:1.4.0', 'images.yaml:2:8: images.web: image '],
    [
      'a digest that is too short',
      `images:\n  web: ${image('1').slice(0, -1)}`,
      `images.yaml:2:8: images.web: image '${image('1').slice(0, -1)}': the digest must be sha256: and 64 lower-case hex digits`,
    ],
    ['a digest in upper case', `images: {web: ${image('A')}}`, 'the digest must be sha256: and 64 lower-case hex digits'],
  ])('%s is an error with its line', (_, yaml, message) => {
    expect(problems(() => readImages(yaml)).join('\n')).toContain(message);
  });

  it('reports all problems together', () => {
    expect(problems(() => readImages('images: {web: x, api: y}\ntargets: {eu: {web: z}}'))).toHaveLength(3);
  });
});

describe('an intent without digest', () => {
  const [entry = null] = readImages(`images: {web: ${image('1')}}`);
  const [untagged = null] = readImages(`images: {web: ${image('1', '')}}`);
  const ran = (written: string, from = entry) => withImage(accepted({ image: written }), from).image;

  it.each([
    ['takes the whole image', 'registry.example.com/web', entry, image('1')],
    ['may name the same tag', 'registry.example.com/web:1.4.0', entry, image('1')],
    ['keeps its tag where the file has none', 'registry.example.com/web:1.5.0', untagged, image('1', ':1.5.0')],
    ['has no tag where neither has one', 'registry.example.com/web', untagged, image('1', '')],
  ])('%s', (_, written, from, expected) => {
    expect(ran(written, from)).toBe(expected);
  });

  it('that is pinned stays as it is', () => {
    expect(ran(image('3'))).toBe(image('3'));
  });

  it.each([
    [
      'another repository',
      'registry.example.com/shop',
      "repository 'registry.example.com/web' of release 'web' is not 'registry.example.com/shop'",
    ],
    ['another tag', 'registry.example.com/web:2.0.0', "tag '1.4.0' of release 'web' is not '2.0.0'"],
    ['no repository at all', 'Not An Image', "image 'Not An Image@"],
  ])('that names %s contradicts the file', (_, written, message) => {
    expect(problems(() => ran(written)).join()).toContain(message);
  });
});

describe('changing an image', () => {
  const wanted: NewImage = { release: 'web', target: null, tag: null, digest: digest('9') };
  const change = (source: string | null, more: Partial<NewImage> = {}, known: readonly string[] = ['web']) =>
    changeImage(source, { ...wanted, ...more }, known);

  it.each([
    ['plain, with a comment', `# who may change this: bots\nimages:\n  web:   ${image('1')}   # shop\n  api: ${image('2')}\n`],
    ['in double quotes', `images: {"web": "${image('1')}"}\n`],
    ['in single quotes', `images:\n    'web': '${image('1')}'\n`],
    ['with Windows line ends', `images:\r\n  api: ${image('2')}\r\n  web: ${image('1')} # x\r\n`],
    ['without an end of line', `images:\n  web: ${image('1')}`],
    ['with a byte order mark', `\uFEFFimages:\n  web: ${image('1')}\n`],
    ['behind letters of several bytes', `# größe 🚢\nimages:\n  web: ${image('1')}\n`],
  ])('changes its letters and no other: %s', (_, source) => {
    expect(change(source).text).toBe(source.replace(digest('1'), digest('9')));
  });

  it('keeps the tag unless another is named', () => {
    const source = `images: {web: ${image('1')}}`;
    expect(change(source).after).toBe(image('9'));
    expect(change(source, { tag: '2.0.0' })).toMatchObject({ before: image('1'), after: image('9', ':2.0.0') });
  });

  it('changes the line of the target that is named', () => {
    const source = `images:\n  web: ${image('1')}\ntargets:\n  staging:\n    web: ${image('2')}\n`;
    expect(change(source).text).toBe(source.replace(digest('1'), digest('9')));
    expect(change(source, { target: 'staging' }).text).toBe(source.replace(digest('2'), digest('9')));
  });

  it('to what it is changes nothing', () => {
    const source = `images: {web: ${image('9')}}`;
    expect(change(source)).toMatchObject({ text: source, before: image('9'), after: image('9') });
  });

  it.each([
    [
      'no file',
      null,
      {},
      "images.yaml has no image of release 'web'. Leave the digest out of the intent and write `web: REPOSITORY:TAG@sha256:...`",
    ],
    [
      'a misspelt release',
      `images: {web: ${image('1')}}`,
      { release: 'wbe' },
      "images.yaml has no image of release 'wbe'; did you mean 'web'?",
    ],
    [
      'a release without a line for a target',
      `images: {web: ${image('1')}}`,
      { target: 'staging' },
      "images.yaml has no image of release 'web' for target 'staging'. It can be set without --target",
    ],
    [
      'a release with lines for targets only',
      `targets: {staging: {web: ${image('1')}}}`,
      {},
      "images.yaml has no image of release 'web'. It can be set with --target staging",
    ],
    [
      'an image over several lines',
      `images:\n  web: >-\n    ${image('1')}\n`,
      {},
      "images.yaml:2:8: the image of 'web' is not on one line.",
    ],
    ['a file that is wrong', 'images: {web: 1}', {}, 'images.yaml:1:15: images.web: found 1'],
  ])('refuses %s', (_, source, more, message) => {
    expect(problems(() => change(source, more)).join()).toContain(message);
  });
});
