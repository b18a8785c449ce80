import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

/** The few operations by which output is written, so that a test can let any one of them fail. */
export interface FileSystem {
  /** What stands at a path, symbolic links not followed; null where nothing does. */
  kind(path: string): EntryKind | null;
  /** Text of a file; bytes that are no UTF-8 become replacement characters, which differ from anything that is written. */
  read(path: string): string;
  readBytes(path: string): Uint8Array;
  list(path: string): readonly { readonly name: string; readonly kind: EntryKind }[];
  realPath(path: string): string;
  makeFolder(path: string): void;
  /** Creates a file; fails where something stands already. */
  create(path: string, text: string): void;
  copy(from: string, to: string): void;
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** Removes an empty folder; fails on one that is not. */
  removeFolder(path: string): void;
}

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

export const realFileSystem: FileSystem = {
  kind(path) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats ? kindOf(stats) : null;
  },
  read: (path) => readFileSync(path, 'utf8'),
  readBytes: (path) => readFileSync(path),
  list: (path) => readdirSync(path, { withFileTypes: true }).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  realPath: (path) => realpathSync(path),
  makeFolder: (path) => mkdirSync(path),
  create: (path, text) => writeFileSync(path, text, { flag: 'wx' }),
  copy: (from, to) => copyFileSync(from, to),
  rename: (from, to) => renameSync(from, to),
  removeFile: (path) => unlinkSync(path),
  removeFolder: (path) => rmdirSync(path),
};

function kindOf(entry: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
