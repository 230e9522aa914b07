export { auditLog } from './service';
