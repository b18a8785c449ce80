export * from './kube.ts';
export * from './problem.ts';
