import { Module } from '@nestjs/common';
import { ArchiveWatch } from './archive/archive-watch';
import { BrokerHost } from './broker/broker-host';
import { BurstsController } from './devices/bursts.controller';
import { CommandsController } from './devices/commands.controller';
import { ConsoleController } from './devices/console.controller';
import { DevicesController } from './devices/devices.controller';
import { FirmwareController } from './firmware/firmware.controller';
import { RolloutWatch } from './firmware/rollout-watch';
import { EnrolmentHost } from './enrolment/enrolment-host';
import { ExpiryWatch } from './devices/expiry-watch';
import { IdentityHost } from './devices/identity-host';
import { ViewsReactor } from './devices/views.reactor';
import { AuthoritiesController } from './pki/authorities.controller';

@Module({
  controllers: [
    DevicesController,
    AuthoritiesController,
    ConsoleController,
    CommandsController,
    BurstsController,
    FirmwareController,
    ViewsReactor,
  ],
  providers: [BrokerHost, IdentityHost, EnrolmentHost, ExpiryWatch, RolloutWatch, ArchiveWatch],
  exports: [BrokerHost],
})
export class IngestModule {}
