import type { TestProject } from 'vitest/node';
import { type Connection, connectionOf } from './connection.ts';
import { startApiServer } from './envtest.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The control plane of this run; null where there is none. */
    controlPlane: Connection | null;
  }
}

/** Finds the control plane once for all files: `KUBECONFIG`, else programs to start one from, else none. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { KUBECONFIG, KUBEBUILDER_ASSETS } = process.env;
  if (KUBECONFIG) {
    project.provide('controlPlane', connectionOf(KUBECONFIG));
    return;
  }
  if (KUBEBUILDER_ASSETS) {
    const { connection, stop } = await startApiServer(KUBEBUILDER_ASSETS);
    project.provide('controlPlane', connection);
    return stop;
  }
  console.warn(`No control plane: the ${project.name} tests are skipped. Set KUBECONFIG, or KUBEBUILDER_ASSETS as for envtest.`);
  project.provide('controlPlane', null);
  return;
}
