import { Controller, Inject } from '@nestjs/common';
import type { ViewStore } from '@quaywatch/ports';
import { Api, Call, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { answerComparison, answerDistribution, listDeviceMoves } from './device-counts';

/** Serves what devices count themselves. */
@Controller()
export class DeviceCountsController {
  constructor(@Inject(STORE) private readonly store: ViewStore) {}

  @Api('listDeviceMoves')
  moves(@Call() call: ApiCall<'listDeviceMoves'>): Promise<ApiAnswer<'listDeviceMoves'>> {
    return listDeviceMoves(this.store, call);
  }

  @Api('compareMoves')
  comparison(@Call() call: ApiCall<'compareMoves'>): Promise<ApiAnswer<'compareMoves'>> {
    return answerComparison(this.store, call);
  }

  @Api('getDistribution')
  distribution(@Call() call: ApiCall<'getDistribution'>): Promise<ApiAnswer<'getDistribution'>> {
    return answerDistribution(this.store, call);
  }
}
