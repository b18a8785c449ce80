// What applies a release of examples, and what it applies.

export const route = (annotation = '') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
${annotation === '' ? '' : `  annotations:\n    ${annotation}\n`}spec:
  hosts:
    - web.example.com
  http:
    - route:
        - destination:
            host: web
`;
export const application = (ignored: string, options: readonly string[]) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  destination:
    namespace: shop
  ignoreDifferences:
    - group: networking.istio.io
      kind: VirtualService
${ignored}  syncPolicy:
    automated:
      selfHeal: true
    syncOptions:
${options.map((option) => `      - ${option}\n`).join('')}`;
export const kustomization = (target: string, path: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: shop
  namespace: flux-system
spec:
  interval: 1h
  path: ./dist
  prune: true
  sourceRef:
    kind: GitRepository
    name: shop
  ignore:
    - target: { ${target} }
      paths:
        - ${path}
`;
export const byService = (ignored: string, options: readonly string[]) =>
  `${application(ignored, options).replace('group: networking.istio.io\n      kind: VirtualService', 'kind: Service')}---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
  annotations:
    tidegate.dev/router: service
spec:
  selector:
    tidegate.dev/revision: web-aaaaaaaa
`;
export const waitingJob = `---
apiVersion: batch/v1
kind: Job
metadata:
  name: web-job-0a1b2c3d-3-0-0
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  suspend: true
`;
export const SELECTOR = '      jsonPointers:\n        - /spec/selector\n';
export const WEIGHTS = "      jqPathExpressions:\n        - '.spec.http[]?.route[]?.weight'\n";

const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

/** An Application with these lines in its spec. */
export const applied = (spec: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  source:
    repoURL: https://git.example.com/shop/releases.git
    path: dist/production
${indent(spec)}
`;

/** A Kustomization of Flux with these lines in its spec. */
export const applying = (spec: string): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: shop
  namespace: flux-system
spec:
  path: ./dist/production
  prune: true
${indent(spec)}
`;

/** The Deployment of a revision, with these lines in its metadata. */
export const revision = (metadata = ''): string => `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-bbbbbbbb
  namespace: shop
  labels:
    tidegate.dev/release: web
${metadata === '' ? '' : `${indent(metadata)}\n`}spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/shop/web:1.4.2
`;
