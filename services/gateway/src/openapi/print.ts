import { routes } from '@quaywatch/contracts';
import { dump } from 'js-yaml';
import { openApi } from './open-api';

// Writes the contract as YAML to standard output: docs/generated/openapi.yaml.
process.stdout.write(dump(openApi(Object.values(routes)), { lineWidth: 120, noRefs: true }));
