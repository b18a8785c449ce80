export * from './explain.ts';
export * from './kube.ts';
export * from './nearest.ts';
export * from './problem.ts';
