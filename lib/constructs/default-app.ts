/** The app of a release repository, unless `--app` names another. */
export const DEFAULT_APP = 'charts/main.ts';

/** Where the manifests of a release repository lie, unless `--out` names another folder. */
export const DEFAULT_OUT = 'dist';
