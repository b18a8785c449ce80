import { App } from 'cdk8s';
import { StoreApi } from './store-api.ts';
import { Web } from './web.ts';

const app = new App();
new Web(app);
new StoreApi(app);
app.synth();
