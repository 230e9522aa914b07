import { Fault } from '@quaywatch/kernel';
import { runService } from '@quaywatch/runtime';
import { definitions } from './service-definitions';

// One service as its container runs it, for the tool that kills it: CHAOS_SERVICE says which.
const wanted = definitions.find(({ name }) => name === process.env['CHAOS_SERVICE']);
if (!wanted) throw new Fault('NO_SUCH_SERVICE', `there is no service ${process.env['CHAOS_SERVICE']}`);
await runService(wanted);
