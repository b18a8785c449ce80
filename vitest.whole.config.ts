import { defineConfig } from 'vitest/config';
import base, { WHOLE } from './vitest.config.ts';

export default defineConfig({ ...base, test: { ...base.test, include: WHOLE, exclude: [] } });
