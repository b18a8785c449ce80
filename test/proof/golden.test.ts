import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Copy, EXAMPLES, IMAGES, MIGRATIONS } from './copy.ts';

/**
 * The examples' manifests and plans as reviewed text. After a change that is meant, regenerate and read the difference:
 * `npx vitest run test/proof/golden.test.ts -u`.
 */
const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url));

const NAMESPACES: Readonly<Record<string, string>> = { web: 'shop' };

describe('the examples', () => {
  it('compile to the text that was reviewed, at rest and in flight', async () => {
    const copy = new Copy('marker');
    const { file: migrating, written } = MIGRATIONS;
    const migrations = written.exec(copy.read(migrating))?.[0] ?? '';
    copy.edit(migrating, migrations, '');
    expect(await copy.tidegate('record', ...EXAMPLES, '--initial')).toMatchObject({ code: 0 });
    await compare(copy, 'rest');
    copy.edit(migrating, /(?=^ {6}traffic: )/m, migrations);
    for (const { file, from, to } of Object.values(IMAGES)) copy.edit(file, from, to);
    expect(await copy.tidegate('synth')).toMatchObject({ code: 0 });
    await compare(copy, 'flight');
  });
});

async function compare(copy: Copy, state: 'rest' | 'flight'): Promise<void> {
  const output = copy.output();
  const plans = await Promise.all(EXAMPLES.map(async (release) => ({ release, plan: await copy.tidegate('plan', release) })));
  for (const { release, plan } of plans) {
    const folder = `dist/production/${NAMESPACES[release] ?? 'production'}/${release}/`;
    expect(plan.code).toBe(0);
    const texts = new Map([
      ...Object.entries(output).flatMap(([path, text]): [string, string][] =>
        path.startsWith(folder) && path.endsWith('.yaml') ? [[path.slice(folder.length), text]] : [],
      ),
      ['plan.txt', plan.out] as const,
    ]);
    const golden = `${GOLDEN}${release}/${state}/`;
    for (const [name, text] of texts) await expect(text).toMatchFileSnapshot(golden + name);
    const stale = existsSync(golden) ? readdirSync(golden).filter((name) => !texts.has(name)) : [];
    expect(stale, `nothing makes these any more: delete them from test/golden/${release}/${state}`).toEqual([]);
  }
}
