/** Each router that splits traffic, with the changes that put the fixture's intent on it and where its routes live. */
export const routers = [
  { router: 'istio', changes: {}, group: 'networking.istio.io', resource: 'virtualservices' },
  {
    router: 'gateway-api',
    changes: { 'traffic.router': 'gateway-api', 'traffic.retries': undefined },
    group: 'gateway.networking.k8s.io',
    resource: 'httproutes',
  },
] as const;
