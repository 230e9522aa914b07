import { Controller, Inject } from '@nestjs/common';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { Api, Call, CLOCK, CONFIG, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import type { ConditionConfig } from '../config';
import { answerRemainingLife } from './remaining-life';
import { Spreaders } from './spreaders';

/** Serves what the portal and partners ask about spreaders. */
@Controller()
export class SpreadersController {
  private readonly spreaders: Spreaders;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) config: ConditionConfig,
  ) {
    this.spreaders = new Spreaders(store, () => clock.now(), config.NO_DATA_AFTER_MINUTES);
  }

  @Api('attention')
  attention(@Call() call: ApiCall<'attention'>): Promise<ApiAnswer<'attention'>> {
    return this.spreaders.attention(call);
  }

  @Api('listSpreaders')
  list(@Call() call: ApiCall<'listSpreaders'>): Promise<ApiAnswer<'listSpreaders'>> {
    return this.spreaders.list(call);
  }

  @Api('getSpreader')
  get(@Call() call: ApiCall<'getSpreader'>): Promise<ApiAnswer<'getSpreader'>> {
    return this.spreaders.get(call);
  }

  @Api('getSpreaderHealth')
  health(@Call() call: ApiCall<'getSpreaderHealth'>): Promise<ApiAnswer<'getSpreaderHealth'>> {
    return this.spreaders.health(call);
  }

  @Api('getRemainingLife')
  remainingLife(@Call() call: ApiCall<'getRemainingLife'>): Promise<ApiAnswer<'getRemainingLife'>> {
    return answerRemainingLife(this.store, call, this.clock.now());
  }

  @Api('listMoves')
  moves(@Call() call: ApiCall<'listMoves'>): Promise<ApiAnswer<'listMoves'>> {
    return this.spreaders.moves(call);
  }

  @Api('getSeries')
  series(@Call() call: ApiCall<'getSeries'>): Promise<ApiAnswer<'getSeries'>> {
    return this.spreaders.series(call);
  }
}
