// Manifests of examples, so that each shows what its rule is about and little else.

interface Parts {
  /** Lines of the container, beside its name and image. */
  readonly container?: string;
  readonly image?: string;
  /** Lines of the pod's spec, beside its containers. */
  readonly pod?: string;
  /** Lines of the Deployment's spec, beside its template. */
  readonly spec?: string;
}

const indent = (text: string | undefined, by: number): string =>
  text === undefined ? '' : `${text.trim().replaceAll(/^(?=.)/gm, ' '.repeat(by))}\n`;

export const PINNED = 'registry.example.com/shop/web:1.4.2@sha256:5f0c4b9c2e1d7a86f3b1c05d94e8a72b6d3f1e0c9b8a7465d2e3f4a5b6c7d8e9';

/** A Deployment `web` of the release `web`. */
export function deployment({ container, image = PINNED, pod, spec }: Parts): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  selector:
    matchLabels:
      app: web
${indent(spec, 2)}  template:
    metadata:
      labels:
        app: web
    spec:
${indent(pod, 6)}      containers:
        - name: web
          image: ${image}
${indent(container, 10)}`;
}

/** A Service that sends requests to the pods of `deployment`. */
export const SERVICE = `---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
`;

/** Paths of containers in what `deployment` makes. */
export const CONTAINER = '/spec/template/spec/containers/0';

/** A Job that a release labels as its smoke test; `script` runs in a shell. */
export function smokeJob({ spec = '', script }: { readonly spec?: string; readonly script: string }): string {
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: web-smoke
  namespace: shop
  labels:
    tidegate.dev/release: web
    tidegate.dev/component: smoke
spec:
${indent(spec, 2)}  template:
    spec:
      restartPolicy: Never
      containers:
        - name: smoke
          image: ${PINNED}
          command:
            - sh
            - -c
            - |
${indent(script, 14)}`;
}
