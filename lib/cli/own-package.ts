import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What Tidegate's own `package.json` says. */
export interface OwnPackage {
  readonly version: string;
  /** With which versions of other packages this Tidegate was tested, by name. */
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** From wherever this module was loaded: `build/chunks/` or `lib/cli/`. @throws Error outside of the package */
export function ownPackage(): OwnPackage {
  for (let folder = dirname(fileURLToPath(import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    try {
      const { name, version, devDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (name === 'tidegate') return { version, devDependencies };
    } catch {
      // one folder up
    }
  }
  throw new Error('the package.json of Tidegate is missing');
}
