import type { GitOps } from '../../intent/project.ts';
import type { KubeObject } from '../../schema/index.ts';
import { argocd } from './argocd.ts';
import { flux } from './flux.ts';
import type { Source } from './source.ts';

/** Objects by which a tool applies one target as its releases need it; none for `kubectl`. One file for each tool. */
export const PROFILES: Readonly<Record<GitOps['tool'], (source: Source) => readonly KubeObject[]>> = {
  none: () => [],
  argocd,
  flux,
};
