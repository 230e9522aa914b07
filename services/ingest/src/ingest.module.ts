import { Module } from '@nestjs/common';
import { BrokerHost } from './broker/broker-host';
import { DevicesController } from './devices/devices.controller';
import { ViewsReactor } from './devices/views.reactor';

@Module({ controllers: [DevicesController, ViewsReactor], providers: [BrokerHost], exports: [BrokerHost] })
export class IngestModule {}
