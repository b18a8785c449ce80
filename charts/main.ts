import { App } from 'cdk8s';
import { ApiService } from './api-service.ts';
import { PaymentsApi } from './payments-api.ts';
import { StoreApi } from './store-api.ts';
import { Web } from './web.ts';

const app = new App();
new Web(app);
new StoreApi(app);
new PaymentsApi(app);
new ApiService(app);
app.synth();
