/** How one package manager is told what README and workflow need. */
export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  readonly install: string;
  /** As `install`, but an outdated lock file is an error. */
  readonly installInCi: string;
  /** Runs the program of an installed package. */
  readonly exec: string;
  /** Whether the action that sets up Node keeps its downloads from one run to the next. */
  readonly cached: boolean;
  /** Steps of a workflow, before Node is set up. */
  readonly setUp: readonly string[];
}

/** What tells which package manager a folder is used with. */
export interface Traces {
  /** `packageManager` of its package.json, such as `pnpm@10.4.1`. */
  readonly declared: string | null;
  /** Text of its `yarn.lock`; null where there is none. */
  readonly yarnLock: string | null;
  readonly hasPnpmLock: boolean;
  readonly hasBunLock: boolean;
  readonly hasNpmLock: boolean;
  /** `npm_config_user_agent`, which every package manager sets for what it runs, such as `pnpm/10.4.1 npm/? ...`. */
  readonly userAgent: string | null;
}

/** What a folder says of itself goes before what happens to run this. */
export function packageManagerOf({ declared, yarnLock, hasPnpmLock, hasBunLock, hasNpmLock, userAgent }: Traces): PackageManager {
  if (declared !== null) return named(declared, '@', true);
  if (hasPnpmLock) return pnpm(false);
  if (yarnLock !== null) return yarn(!yarnLock.includes('# yarn lockfile v1'));
  if (hasBunLock) return BUN;
  if (hasNpmLock) return NPM;
  return named(userAgent ?? '', '/', false);
}

function named(text: string, separator: '@' | '/', declared: boolean): PackageManager {
  const [name, version = ''] = (text.split(' ')[0] ?? '').split(separator);
  if (name === 'pnpm') return pnpm(declared);
  if (name === 'yarn') return yarn(!/^[01]\./.test(version));
  if (name === 'bun') return BUN;
  return NPM;
}

const NPM: PackageManager = { name: 'npm', install: 'npm install', installInCi: 'npm ci', exec: 'npx', cached: true, setUp: [] };

/** Installs and runs; the program itself runs in Node, which its first line asks for. */
const BUN: PackageManager = {
  name: 'bun',
  install: 'bun install',
  installInCi: 'bun install --frozen-lockfile',
  exec: 'bun run',
  cached: false,
  setUp: ['uses: oven-sh/setup-bun@v2'],
};

/** @param declared whether `packageManager` names its version: the action accepts one source only */
const pnpm = (declared: boolean): PackageManager => ({
  name: 'pnpm',
  install: 'pnpm install',
  installInCi: 'pnpm install --frozen-lockfile',
  exec: 'pnpm exec',
  cached: true,
  setUp: ['uses: pnpm/action-setup@v4', ...(declared ? [] : ['  with: { version: 10 }'])],
});

/** @param modern Yarn 2 and later, which Corepack brings */
const yarn = (modern: boolean): PackageManager => ({
  name: 'yarn',
  install: 'yarn install',
  installInCi: `yarn install --${modern ? 'immutable' : 'frozen-lockfile'}`,
  exec: 'yarn run',
  cached: true,
  setUp: modern ? ['run: corepack enable'] : [],
});
