import { expect, it } from '@jest/globals';
import { webhookFormats } from '@quaywatch/contracts';
import { formats } from './webhook-formats';

it('offers the formats of the contract', () => expect(formats).toEqual(webhookFormats));
