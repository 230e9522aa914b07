export { openApi } from './openapi/open-api';
export { openApiYaml } from './openapi/open-api-yaml';
export { gateway } from './service';
