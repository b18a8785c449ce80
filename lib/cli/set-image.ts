import { Project } from '../constructs/project.ts';
import { changeImage, IMAGES_FILE, type NewImage } from '../intent/images.ts';
import { planWrites } from '../output/files.ts';
import { type Command, formatOption, type Invocation, textOption, UsageError } from './command.ts';

export const setImage: Command = {
  name: 'set-image',
  summary: 'change one digest in images.yaml',
  help: `Usage: tidegate set-image RELEASE[:TAG]@DIGEST [--target T]

Changes the image of one release in images.yaml, one line, and nothing else in the file: what a pipeline or a bot does
after it has pushed an image. Without :TAG the tag stays as it is. Then \`tidegate synth\` makes a release of it.

Options:
  --target T             the line of this target (default: the line for every target)
  --format text|json     text (default) or JSON

Exit code 0: the file says what was asked for, whether or not it did so before.

Examples:
  tidegate set-image web@sha256:5f0c4b9c2e1d7a86f3b1c05d94e8a72b6d3f1e0c9b8a7465d2e3f4a5b6c7d8e9
  tidegate set-image web:2.15.0@sha256:5f0c4b9c2e1d7a86f3b1c05d94e8a72b6d3f1e0c9b8a7465d2e3f4a5b6c7d8e9 --target staging
`,
  options: { format: { type: 'string' }, target: { type: 'string' } },
  async run(invocation) {
    const format = formatOption(invocation, ['text', 'json']);
    const wanted = newImage(invocation);
    const project = new Project(wanted.target === null ? {} : { targets: [wanted.target] });
    const known = project.lockKeys().map(({ release }) => release);
    const { text, before, after, place } = changeImage(project.imagesText(), wanted, known);
    const changed = before !== after;
    if (changed) planWrites({ root: project.directory, files: new Map(), last: new Map([[IMAGES_FILE, text]]) }).commit();
    const { release, target } = wanted;
    if (format === 'json')
      invocation.io.out(
        `${JSON.stringify({ version: 1, release, target, file: place.file, line: place.line, before, after, changed }, null, 2)}\n`,
      );
    else invocation.io.out(`${place.file}:${place.line}  ${release}  ${changed ? `${before} -> ${after}` : `${after}, unchanged`}\n`);
    if (changed) invocation.io.err('\nNext: `tidegate synth` makes a release of it; commit images.yaml, dist/ and lock/ together.\n');
    return 0;
  },
};

const FORM = /^([^:@\s]+)(?::([^:@\s]+))?@(\S+)$/;

function newImage(invocation: Invocation): NewImage {
  const [written = '', ...more] = invocation.positionals;
  const [, release, tag = null, digest] = FORM.exec(written) ?? [];
  if (release === undefined || digest === undefined || more.length > 0)
    throw new UsageError('set-image takes one release with a digest: tidegate set-image RELEASE@sha256:...');
  if (!/^sha256:[a-f0-9]{64}$/.test(digest))
    throw new UsageError(`set-image ${release}: the digest must be sha256: and 64 lower-case hex digits, not '${digest}'`);
  if (tag !== null && !/^\w[\w.-]{0,127}$/.test(tag)) throw new UsageError(`set-image ${release}: '${tag}' cannot be the tag of an image`);
  return { release, tag, digest, target: textOption(invocation, 'target') };
}
