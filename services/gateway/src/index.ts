export { openApi } from './openapi/open-api';
export { gateway } from './service';
