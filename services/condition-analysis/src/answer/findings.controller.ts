import { Controller, Inject } from '@nestjs/common';
import type { ViewStore } from '@quaywatch/ports';
import { Api, Call, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { Findings } from './findings';

/** Serves findings. */
@Controller()
export class FindingsController {
  private readonly findings: Findings;

  constructor(@Inject(STORE) store: ViewStore) {
    this.findings = new Findings(store);
  }

  @Api('listFindings')
  list(@Call() call: ApiCall<'listFindings'>): Promise<ApiAnswer<'listFindings'>> {
    return this.findings.list(call);
  }

  @Api('getFinding')
  get(@Call() call: ApiCall<'getFinding'>): Promise<ApiAnswer<'getFinding'>> {
    return this.findings.get(call);
  }
}
