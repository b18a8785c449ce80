import { defineConfig, type UserWorkspaceConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Lives of releases, which wait most of the time: their files run side by side. */
const LIVES = ['test/traffic/adopt.test.ts', 'test/traffic/release.test.ts', 'test/traffic/revert.test.ts'];

/** Tests against real parts: an API server (`real`), and a proxy with requests through it (`traffic`, `lives`). */
const project = (name: string, options: UserWorkspaceConfig['test']) => ({
  ...(base.resolve ? { resolve: base.resolve } : {}),
  test: {
    name,
    globalSetup: ['test/real/setup.ts'],
    // One cluster, two cores: files take turns, so that a busy neighbour is never the reason for a failure.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    ...options,
  },
});

// Of the tests in one file that run side by side: releases wait most of the time, but under load two cores are few.
export default defineConfig({
  test: {
    projects: [
      project('real', { include: ['test/real/**/*.test.ts'], maxConcurrency: 16 }),
      project('traffic', { include: ['test/traffic/**/*.test.ts'], exclude: LIVES, maxConcurrency: 3 }),
      project('lives', { include: LIVES, fileParallelism: true, maxWorkers: 3, maxConcurrency: 3, sequence: { groupOrder: 1 } }),
    ],
  },
});
