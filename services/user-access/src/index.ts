export { userAccess } from './service';
