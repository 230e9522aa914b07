import { runService } from '@quaywatch/runtime';
import { conditionAnalysis } from './service';

await runService(conditionAnalysis);
