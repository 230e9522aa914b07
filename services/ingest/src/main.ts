import { runService } from '@quaywatch/runtime';
import { ingest } from './service';

await runService(ingest);
