import { Controller, Inject } from '@nestjs/common';
import { findSignal, type Principal } from '@quaywatch/contracts';
import { toIso } from '@quaywatch/kernel';
import type { ObjectStore, Queryable, ViewStore } from '@quaywatch/ports';
import {
  Api,
  Call,
  OBJECT_STORE,
  pageOfRows,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
} from '@quaywatch/runtime';
import { needSeen, terminalsOf } from './terminal-scope';

type Burst = ApiAnswer<'listBursts'>['data'][number];

interface BurstRow extends Record<string, unknown> {
  id: string;
  btu: string;
  signal: string;
  trigger: Burst['trigger'];
  command: string | null;
  start_at: number;
  rate: number;
  samples: string;
  sha256: string | null;
  object: string | null;
  lost_reason: string | null;
  missing: number[];
}

/** API: bursts of spreaders, and logs that devices were asked for. */
@Controller()
export class BurstsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  @Api('listBursts')
  async list(@Call() { principal, params, query }: ApiCall<'listBursts'>): Promise<ApiAnswer<'listBursts'>> {
    const [at = Number.MAX_SAFE_INTEGER, id = ''] = readCursor(query.cursor, ['number', 'string']) ?? [];
    const rows = await this.ofSpreader(principal, params.id ?? '', (q, spreader) =>
      q.query<BurstRow>(
        `select * from burst where spreader = $1 and (start_at < $2 or (start_at = $2 and id > $3))
         order by start_at desc, id limit $4`,
        [spreader, at, id, query.limit + 1],
      ),
    );
    const page = pageOfRows(rows, query.limit, (row) => [row.start_at, row.id]);
    return { data: page.rows.map(shown), next_cursor: page.next_cursor, has_more: page.has_more };
  }

  @Api('getBurst')
  async get(@Call() { principal, params }: ApiCall<'getBurst'>): Promise<ApiAnswer<'getBurst'>> {
    const [row] = await this.ofSpreader(principal, params.id ?? '', (q, spreader) =>
      q.query<BurstRow>('select * from burst where spreader = $1 and id = $2', [spreader, params.burst ?? '']),
    );
    if (!row) throw new Refused('not_found', `There is no burst ${(params.burst ?? '').slice(0, 128)}.`);
    const bytes = row.object === null ? undefined : await this.objects.get(row.object);
    return {
      ...shown(row),
      sha256: row.sha256,
      samples_base64: bytes === undefined ? null : Buffer.from(bytes).toString('base64'),
    };
  }

  @Api('getCommandLog')
  async log(@Call() { principal, params }: ApiCall<'getCommandLog'>): Promise<ApiAnswer<'getCommandLog'>> {
    const btu = params.id ?? '';
    await needSeen(this.store, principal, 'devices.read', btu);
    const [row] = await this.store.readAs(principal.org, (q) =>
      q.query<{ object: string | null }>('select object from command where btu = $1 and id = $2', [
        btu,
        params.command ?? '',
      ]),
    );
    const bytes = row?.object ? await this.objects.get(row.object) : undefined;
    if (bytes === undefined) throw new Refused('conflict', 'There is no log of this command.');
    return { text: new TextDecoder().decode(bytes) };
  }

  /** Asks about a spreader that the caller sees; refused with `not_found` when there is none. */
  private ofSpreader<T>(
    principal: Principal,
    spreader: string,
    ask: (q: Queryable, spreader: string) => Promise<T>,
  ): Promise<T> {
    return this.store.readAs(principal.org, async (q) => {
      const known = await q.query(
        'select 1 from spreader where spreader = $1 and ($2::text[] is null or terminal = any($2))',
        [spreader, terminalsOf(principal, 'series.read')],
      );
      if (known.length === 0) throw new Refused('not_found', `There is no spreader ${spreader}.`);
      return ask(q, spreader);
    });
  }
}

const shown = (row: BurstRow): Burst => ({
  id: row.id,
  btu: row.btu,
  signal: row.signal,
  unit: findSignal(row.signal)?.unit ?? '1',
  trigger: row.trigger,
  command_id: row.command,
  started_at: toIso(row.start_at),
  rate: row.rate,
  samples: Number(row.samples),
  lost: row.lost_reason === null ? null : { reason: row.lost_reason, missing_chunks: row.missing },
});
