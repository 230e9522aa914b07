import { routes } from '@quaywatch/contracts';
import { openApi } from './open-api';
import { toYaml } from './to-yaml';

/** The contract of the public API as YAML: docs/generated/openapi.yaml. */
export const openApiYaml = (): string => toYaml(openApi(Object.values(routes)));
