/** The app of a release repository, unless `--app` names another. */
export const DEFAULT_APP = 'charts/main.ts';
