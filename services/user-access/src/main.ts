import { runService } from '@quaywatch/runtime';
import { userAccess } from './service';

await runService(userAccess);
