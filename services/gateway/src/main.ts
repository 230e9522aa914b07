import { runService } from '@quaywatch/runtime';
import { gateway } from './service';

await runService(gateway);
