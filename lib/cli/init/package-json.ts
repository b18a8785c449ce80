import { UsageError } from '../command.ts';
import { ownPackage } from '../own-package.ts';

/** A package.json as far as a new release repository looks at it. */
export type PackageJson = Readonly<Record<string, unknown>>;

const SECTIONS = ['scripts', 'dependencies', 'devDependencies'] as const;

/** @throws UsageError when it is no JSON object */
export function readPackageJson(text: string): PackageJson {
  const content = parsePackageJson(text, 'package.json');
  if (!isObject(content)) throw new UsageError('package.json holds no object. Mend it first; nothing was written');
  for (const section of SECTIONS)
    if (content[section] !== undefined && !isObject(content[section]))
      throw new UsageError(`package.json: ${section} is no object. Mend it first; nothing was written`);
  return content;
}

/** @throws UsageError when it is no JSON */
export function parsePackageJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${path} is no JSON: ${error instanceof Error ? error.message : String(error)}. Mend it first; nothing was written`,
    );
  }
}

/** The package.json of a new repository. @param directory name of its folder */
export function newPackageJson(directory: string): string {
  const name = directory
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '');
  return format(withMissing({ name: name || 'releases', private: true, type: 'module' }).content, '  ');
}

/** The same with what a release repository needs and it lacks; whatever it says already stays, in its order. */
export function addMissing(text: string, content: PackageJson): { readonly text: string; readonly added: readonly string[] } {
  const { content: complete, added } = withMissing(content);
  return { text: added.length === 0 ? text : format(complete, /^([ \t]+)"/m.exec(text)?.[1] ?? '  '), added };
}

function withMissing(content: PackageJson): { readonly content: PackageJson; readonly added: readonly string[] } {
  const complete: Record<string, unknown> = { ...content };
  const added: string[] = [];
  for (const [section, wanted] of Object.entries(needs())) {
    const missing = Object.entries(wanted).filter(([name]) => !has(content, section, name));
    if (missing.length === 0) continue;
    const present = content[section];
    complete[section] = { ...(isObject(present) ? present : {}), ...Object.fromEntries(missing) };
    added.push(...missing.map(([name]) => `${section}.${name}`));
  }
  return { content: complete, added };
}

function needs(): Readonly<Record<(typeof SECTIONS)[number], Readonly<Record<string, string>>>> {
  const { version, devDependencies } = ownPackage();
  const tested = (name: string) => `^${devDependencies[name]}`;
  return {
    scripts: { synth: 'tidegate synth', verify: 'tsc && tidegate synth --check && tidegate lint' },
    dependencies: { cdk8s: tested('cdk8s'), constructs: tested('constructs'), tidegate: `^${version}` },
    devDependencies: { typescript: tested('typescript') },
  };
}

/** A package may be a dependency of either kind. */
const has = (content: PackageJson, section: string, name: string): boolean =>
  (section === 'scripts' ? ['scripts'] : ['dependencies', 'devDependencies']).some((one) => {
    const present = content[one];
    return isObject(present) && Object.hasOwn(present, name);
  });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const format = (content: PackageJson, indent: string): string => `${JSON.stringify(content, null, indent)}\n`;
