import { Controller, Inject } from '@nestjs/common';
import { accept } from '@quaywatch/kernel';
import { toIso } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { bookStreams } from '../react/project-book';
import { BookCommands, factsOf } from './book-commands';
import { answerCoverage } from './coverage';
import { answerKpis } from './kpis';
import { readStops } from './read-stops';
import { answerReplay } from './replay';
import { oneVisible, rangeOf, visibleFleet } from './visible-fleet';

/** Serves figures, stops, replay and coverage. */
@Controller()
export class FiguresController {
  private readonly commands: BookCommands;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) audit: AuditTrail,
  ) {
    this.commands = new BookCommands(store, clock, audit);
  }

  @Api('getKpis')
  kpis(@Call() call: ApiCall<'getKpis'>): Promise<ApiAnswer<'getKpis'>> {
    return answerKpis(this.store, call, this.clock.now());
  }

  @Api('getReplay')
  replay(@Call() call: ApiCall<'getReplay'>): Promise<ApiAnswer<'getReplay'>> {
    return answerReplay(this.store, call);
  }

  @Api('getCoverage')
  coverage(@Call() call: ApiCall<'getCoverage'>): Promise<ApiAnswer<'getCoverage'>> {
    return answerCoverage(this.store, call);
  }

  @Api('listStops')
  async stops(@Call() { principal, query }: ApiCall<'listStops'>): Promise<ApiAnswer<'listStops'>> {
    const { from, to } = rangeOf(query, 800 * 86_400_000);
    return this.store.readAs(principal.org, async (q) => {
      const fleet = await visibleFleet(q, principal, 'moves.read', { id: query.spreader, terminal: query.terminal });
      const numbers = new Map(fleet.map(({ spreader, number }) => [spreader, number]));
      const stops = await readStops(q, [...numbers.keys()], from, to, this.clock.now());
      return {
        data: stops.reverse().map((stop) => ({
          id: stop.stop,
          spreader_id: stop.spreader,
          spreader_number: numbers.get(stop.spreader) ?? stop.spreader,
          from: toIso(stop.from),
          to: stop.to === null ? null : toIso(stop.to),
          cause: stop.cause,
          ending: stop.ending,
          root_cause: stop.rootCause,
          times: stop.times,
          note: stop.note,
          confirmed: stop.confirmed,
        })),
      };
    });
  }

  @Api('recordStop')
  async record(@Call() call: ApiCall<'recordStop'>): Promise<ApiAnswer<'recordStop'>> {
    const { principal, params } = call;
    const { spreader } = await this.store.readAs(principal.org, (q) =>
      oneVisible(q, principal, 'alarms.write', params.id),
    );
    return this.write(call, this.commands.newId('stop'), spreader);
  }

  @Api('correctStop')
  async correct(@Call() call: ApiCall<'correctStop'>): Promise<ApiAnswer<'correctStop'>> {
    const { principal, params } = call;
    const stop = params.id ?? '';
    const spreader = await this.store.transact(async (tx) => {
      const [first] = await factsOf(tx, bookStreams.stop(stop), principal.org);
      if (!first) throw new Refused('not_found', 'There is no such stop.');
      return (first.data as { spreader: string }).spreader;
    });
    await this.store
      .readAs(principal.org, (q) => oneVisible(q, principal, 'alarms.write', spreader))
      .catch((error: unknown) => {
        throw error instanceof Refused ? new Refused('not_found', 'There is no such stop.') : error;
      });
    return this.write(call, stop, spreader);
  }

  private async write(
    call: ApiCall<'recordStop'> | ApiCall<'correctStop'>,
    stop: string,
    spreader: string,
  ): Promise<{ id: string }> {
    const { principal, body } = call;
    const [from, to] = [Date.parse(body.from), body.to === null ? null : Date.parse(body.to)];
    const at = this.clock.now();
    if (from > at + 60_000) throw new Refused('invalid', 'A stop cannot begin in the future.');
    if (to !== null && to < from) throw new Refused('invalid', 'A stop cannot end before it begins.');
    const { cause, ending, root_cause: rootCause, times, note = null } = body;
    const data = { stop, spreader, from, to, cause, ending, rootCause, times, note, by: principal.id, at };
    await this.commands.change(call, 'stop.record', { kind: 'stop', id: stop }, () =>
      Promise.resolve(
        accept([{ stream: bookStreams.stop(stop), key: spreader, fact: { type: 'stop-recorded', data } }]),
      ),
    );
    return { id: stop };
  }
}
