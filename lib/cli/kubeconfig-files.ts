// Kubeconfig files as they are written: read, checked, merged as kubectl merges them, and each part with its place.
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readWritten, type WrittenFile } from '../intent/read-written.ts';
import { ProblemError } from '../schema/index.ts';
import type { WalkedKeywords, WalkedSchema } from '../schema/matches.ts';

const LARGEST = 1024 * 1024;

const text = { type: 'string' } as const;
const many = (field: string, properties: Readonly<Record<string, WalkedSchema>>): WalkedKeywords => ({
  type: ['array', 'null'],
  items: { type: 'object', required: ['name'], properties: { name: text, [field]: { type: ['object', 'null'], properties } } },
});
const texts = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, text]));

/** What is read of a kubeconfig; the rest is other programs'. Secrets are not in it, because what does not fit is quoted. */
const SCHEMA: WalkedKeywords = {
  type: 'object',
  properties: {
    'current-context': text,
    contexts: many('context', texts('cluster', 'user', 'namespace')),
    clusters: many('cluster', {
      ...texts('server', 'certificate-authority', 'certificate-authority-data', 'tls-server-name', 'proxy-url'),
      'insecure-skip-tls-verify': { type: 'boolean' },
    }),
    users: many('user', {
      ...texts('client-certificate', 'client-certificate-data', 'client-key', 'tokenFile', 'username'),
      exec: {
        type: ['object', 'null'],
        required: ['apiVersion', 'command'],
        properties: {
          apiVersion: { enum: ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'] },
          command: { type: 'string', minLength: 1 },
          args: { type: ['array', 'null'], items: text },
          env: { type: ['array', 'null'], items: { type: 'object', required: ['name', 'value'], properties: { name: text } } },
          interactiveMode: { enum: ['Never', 'IfAvailable', 'Always'] },
          provideClusterInfo: { type: 'boolean' },
          installHint: text,
        },
      },
    }),
  },
};

type List = 'contexts' | 'clusters' | 'users';
const FIELD = { contexts: 'context', clusters: 'cluster', users: 'user' } as const;

interface Written extends Partial<Record<List, readonly { readonly name: string; readonly [field: string]: unknown }[] | null>> {
  readonly 'current-context'?: string;
}

interface ReadFile {
  readonly path: string;
  readonly data: Written;
  readonly place: WrittenFile['place'];
}

export function readKubeconfigFile(path: string): ReadFile {
  const remedy = 'Use --kubeconfig FILE or $KUBECONFIG to name another file.';
  const at = { file: path, line: 1, column: 1 };
  try {
    const { size } = statSync(path);
    if (size > LARGEST) throw new ProblemError([{ message: `the kubeconfig is larger than ${LARGEST} bytes.`, at, help: remedy }]);
    const { data, place } = readWritten(path, readFileSync(path, 'utf8'), SCHEMA);
    return { path, data: data as Written, place };
  } catch (error) {
    // Of a file that is no kubeconfig at all, a thousand lines may be wrong.
    if (error instanceof ProblemError) throw new ProblemError(error.problems.slice(0, 3).map((one) => ({ help: remedy, ...one })));
    throw new ProblemError([{ message: `the kubeconfig cannot be read: ${(error as Error).message}.`, at, help: remedy }]);
  }
}

/** Several files as one: of things with one name, the first counts. */
export class Kubeconfig {
  private readonly files: readonly ReadFile[];

  constructor(files: readonly ReadFile[]) {
    this.files = files;
  }

  context(named: string | null): Entry {
    const current = this.files.map(({ data }) => data['current-context']).find((name) => name);
    const name = named ?? current;
    if (name !== undefined) return this.entry('contexts', name, null);
    throw new ProblemError([
      { message: `the kubeconfig ${this.paths} has no current-context.`, help: `Use --context NAME, one of: ${this.names('contexts')}.` },
    ]);
  }

  /** @param by what names it, for the error where there is none */
  entry(list: List, name: string, by: Place | null): Entry {
    for (const file of this.files) {
      const index = file.data[list]?.findIndex((item) => item.name === name) ?? -1;
      const found = file.data[list]?.[index];
      if (found) return new Entry(file, [list, String(index), FIELD[list]], name, (found[FIELD[list]] ?? {}) as Record<string, unknown>);
    }
    const message = `the kubeconfig ${this.paths} has no ${FIELD[list]} '${name}'.`;
    const help = list === 'contexts' ? 'Use --context NAME, one of' : 'It has';
    throw new ProblemError([{ message, ...by, help: `${help}: ${this.names(list)}.` }]);
  }

  private get paths(): string {
    return this.files.map(({ path }) => path).join(', ');
  }

  private names(list: List): string {
    return [...new Set(this.files.flatMap(({ data }) => data[list] ?? []).map(({ name }) => name))].join(', ') || 'none';
  }
}

interface Place {
  readonly at: ReturnType<WrittenFile['place']>;
  readonly path: string;
}

/** One context, cluster or user, and where it is written. */
export class Entry {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  private readonly file: ReadFile;
  private readonly segments: readonly string[];

  constructor(file: ReadFile, segments: readonly string[], name: string, fields: Readonly<Record<string, unknown>>) {
    this.file = file;
    this.segments = segments;
    this.name = name;
    this.fields = fields;
  }

  /** null: not written, or empty, which is the same to kubectl. */
  text(field: string): string | null {
    const value = this.fields[field] ?? '';
    if (typeof value !== 'string') throw this.problem(field, 'is no text.', 'Write it in quotes.');
    return value === '' ? null : value;
  }

  /** A path of the kubeconfig's own: it starts from the file's folder. */
  path(field: string): string | null {
    const path = this.text(field);
    return path === null ? null : this.resolve(path);
  }

  resolve(path: string): string {
    return resolve(dirname(this.file.path), path);
  }

  /** PEM, written here in base64 or in a file. */
  pem(field: string): string | null {
    const inline = this.text(`${field}-data`);
    if (inline !== null) return Buffer.from(inline, 'base64').toString('utf8');
    const path = this.path(field);
    try {
      return path === null ? null : readFileSync(path, 'utf8');
    } catch (error) {
      throw this.problem(
        field,
        `cannot be read: ${(error as Error).message}.`,
        'Correct the path, which starts from the folder of the kubeconfig.',
      );
    }
  }

  /** The name of a field that may be written in two ways, as it is written. */
  written(field: string): string {
    return this.text(`${field}-data`) === null ? field : `${field}-data`;
  }

  at(field: string): Place {
    return { at: this.file.place([...this.segments, field]), path: `${FIELD[this.segments[0] as List]} ${this.name}` };
  }

  problem(field: string, message: string, help: string): ProblemError {
    return new ProblemError([{ message: `${field} ${message}`, ...this.at(field), help }]);
  }
}
