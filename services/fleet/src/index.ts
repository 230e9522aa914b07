export { fleet } from './service';
