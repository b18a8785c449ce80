import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^tidegate\/templates$/, replacement: here('templates/index.ts') },
      { find: /^tidegate\/policy$/, replacement: here('lib/cli/policy-library.ts') },
      { find: /^tidegate$/, replacement: here('lib/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'lib/**/*.test.ts', 'policies/**/*.test.ts'],
    exclude: ['test/real/**', 'test/traffic/**'],
    pool: 'threads',
    globalSetup: 'test/setup.ts',
    testTimeout: 60_000,
  },
});
