import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Tests against real parts: an API server (`real`), and a proxy with requests through it (`traffic`). */
const project = (name: string) => ({
  ...(base.resolve ? { resolve: base.resolve } : {}),
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: ['test/real/setup.ts'],
    // One cluster, two cores: files take turns, so that a busy neighbour is never the reason for a failure.
    fileParallelism: false,
    // Of the tests in one file that run side by side: releases wait most of the time, but under load two cores are few.
    maxConcurrency: name === 'traffic' ? 3 : 20,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

export default defineConfig({ test: { projects: [project('real'), project('traffic')] } });
