import type { RouterName } from '../intent/traffic.ts';
import { gatewayApi } from './gateway-api.ts';
import { istio } from './istio.ts';
import type { Router } from './router.ts';
import { service } from './service.ts';

/** Every router, by the name that an intent gives in `traffic.router`. */
export const ROUTERS: Record<RouterName, Router> = { istio, 'gateway-api': gatewayApi, service };

export type { Destinations, Router } from './router.ts';
