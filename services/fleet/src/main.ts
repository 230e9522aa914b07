import { runService } from '@quaywatch/runtime';
import { fleet } from './service';

await runService(fleet);
