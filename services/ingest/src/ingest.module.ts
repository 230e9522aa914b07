import { Module } from '@nestjs/common';
import { BrokerHost } from './broker/broker-host';
import { DevicesController } from './devices/devices.controller';
import { IdentityHost } from './devices/identity-host';
import { ViewsReactor } from './devices/views.reactor';

@Module({
  controllers: [DevicesController, ViewsReactor],
  providers: [BrokerHost, IdentityHost],
  exports: [BrokerHost],
})
export class IngestModule {}
