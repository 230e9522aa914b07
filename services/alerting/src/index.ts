export { alerting } from './service';
