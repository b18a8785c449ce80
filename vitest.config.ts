import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** As users go, whole pages, an installed package, other people's tools, and what is tried thousands of times: `npm run test:whole`. */
export const WHOLE = [
  'test/docs/snippets.test.ts',
  'test/package/**/*.test.ts',
  'test/constructs/cdk8s.test.ts',
  'test/cli/integrations.test.ts',
  'test/cli/approve.test.ts',
  'test/cli/bad-input.test.ts',
  'test/cli/last-synth.property.test.ts',
  'test/cli/set-image.test.ts',
  'test/cli/sign.test.ts',
  'test/gitops/adopted.test.ts',
  'test/gitops/record.test.ts',
  'test/gitops/record-*.test.ts',
  'test/gitops/rollback.test.ts',
  'test/policy/fuzz.test.ts',
  'test/policy/threads.test.ts',
  'test/sim/broken.test.ts',
  'test/sim/recorded.test.ts',
  'test/cli/synth-watch.test.ts',
  'test/gates/providers/real-prometheus.test.ts',
  'test/proof/same-bytes.test.ts',
  'test/gitops/merges.test.ts',
  'test/gitops/notified.test.ts',
  'test/gitops/remove.test.ts',
  'test/gitops/router.test.ts',
  'test/gitops/staging.test.ts',
  'test/proof/walk.test.ts',
  'test/sim/more-seeds.test.ts',
  'test/cli/orders.test.ts',
  'test/cli/status.test.ts',
];

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
    exclude: ['test/real/**', 'test/traffic/**', ...WHOLE],
    pool: 'threads',
    // The default leaves one core to the terminal: on two that is half of the time.
    maxWorkers: '100%',
    globalSetup: 'test/setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
