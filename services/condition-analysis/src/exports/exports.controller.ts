import { Controller, Inject, Res, StreamableFile } from '@nestjs/common';
import type { Permission, Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import { fromIso, makeId, minutes, toIso } from '@quaywatch/kernel';
import type { Clock, ObjectStore, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  CONFIG,
  OBJECT_STORE,
  pageOfRows,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { Readable } from 'node:stream';
import { readSpreaders } from '../answer/read-spreaders';
import type { ConditionConfig } from '../config';
import { encoders } from './encoders';
import { exportLife, ExportJobs, partKey, type ExportRow } from './export-jobs';

type Job = ApiAnswer<'getExport'>;

/** Waiting and running exports of one caller. */
const mostOpen = 5;

/** What one must be allowed to take each dataset along. */
const needs: Readonly<Record<string, Permission>> = {
  moves: 'moves.read',
  findings: 'findings.read',
  signal_minutes: 'series.read',
};

/** API: bulk data as jobs. Who asked for an export has it, nobody else; roles that were taken away since count. */
@Controller()
export class ExportsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: ConditionConfig,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(ExportJobs) private readonly jobs: ExportJobs,
  ) {}

  @Api('createExport')
  async create(
    @Call() { principal, body, address }: ApiCall<'createExport'>,
    @Res({ passthrough: true }) response: { setHeader(name: string, value: string): void },
  ): Promise<Job> {
    const [from, to] = [fromIso(body.from) ?? 0, fromIso(body.to) ?? 0];
    if (to <= from) throw invalid('/to', 'before_start', 'Must be after from.');
    if (body.signals && body.dataset !== 'signal_minutes')
      throw invalid('/signals', 'unknown', 'Only minutes of signals are chosen by signal.');
    const permission = needs[body.dataset] as Permission;
    const visible = visibleTerminals(principal, permission);
    if (visible !== 'all' && visible.length === 0)
      throw new Refused('forbidden', `You need the permission ${permission}.`);
    if (body.terminal !== undefined && visible !== 'all' && !visible.includes(body.terminal))
      throw new Refused('not_found', 'There is no such terminal.');
    const spreader = body.spreader === undefined ? null : await this.spreader(principal, permission, body.spreader);
    const now = this.clock.now();
    const id = makeId('export', now, this.clock.random(16));
    const terminals = body.terminal !== undefined ? [body.terminal] : visible === 'all' ? null : visible;
    const row = await this.store.transact(async (tx) => {
      const [open] = await tx.query<{ n: number }>(
        `select count(*)::int as n from export_job where org = $1 and owner = $2 and state in ('waiting', 'running') and expires_at > $3`,
        [principal.org, ownerOf(principal), now],
      );
      if ((open?.n ?? 0) >= mostOpen) throw new Refused('too_many', `At most ${mostOpen} exports at a time.`);
      const [made] = await tx.query<ExportRow>(
        `insert into export_job (org, export, owner, dataset, format, from_at, to_at, spreader, terminals, signals, state, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', $11, $12) returning *`,
        [
          principal.org,
          id,
          ownerOf(principal),
          body.dataset,
          body.format,
          from,
          to,
          spreader,
          terminals,
          body.signals ?? null,
          now,
          now + exportLife,
        ],
      );
      await this.tell(tx, principal, 'export.create', id, address);
      return made as ExportRow;
    });
    this.jobs.wake();
    response.setHeader('Location', `/v1/exports/${id}`);
    response.setHeader('Retry-After', '1');
    return this.view(row);
  }

  @Api('listExports')
  async list(@Call() { principal, query }: ApiCall<'listExports'>): Promise<ApiAnswer<'listExports'>> {
    const [at, id] = readCursor(query.cursor, ['number', 'string']) ?? [null, null];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<ExportRow>(
        `select * from export_job where owner = $1 and ($2::float8 is null or (created_at, export collate "C") < ($2, $3))
         order by created_at desc, export collate "C" desc limit $4`,
        [ownerOf(principal), at, id, query.limit + 1],
      ),
    );
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.created_at, row.export]);
    return { data: page.map((row) => this.view(row)), ...rest };
  }

  @Api('getExport')
  async get(@Call() { principal, params }: ApiCall<'getExport'>): Promise<Job> {
    return this.view(await this.own(principal, params.id));
  }

  @Api('getExportFile')
  async file(@Call() { principal, params, address }: ApiCall<'getExportFile'>): Promise<unknown> {
    const row = await this.own(principal, params.id);
    if (row.expires_at <= this.clock.now())
      throw new Refused('gone', 'The file was taken away. Ask for another export.');
    if (row.state !== 'ready') throw new Refused('conflict', 'The export is not ready.');
    const visible = visibleTerminals(principal, needs[row.dataset] as Permission);
    if (visible !== 'all' && !(row.terminals ?? ['all']).every((terminal) => visible.includes(terminal)))
      throw new Refused('forbidden', 'You may not see all that is in it any more.');
    await this.audit.write({
      org: principal.org,
      class: 'privileged',
      actor: { kind: principal.kind, id: principal.id },
      action: 'export.download',
      target: { kind: 'export', id: row.export },
      outcome: 'success',
      address,
    });
    const { mime, ending } = (encoders[row.format] as NonNullable<(typeof encoders)[string]>)([]);
    return new StreamableFile(Readable.from(this.parts(row)), {
      type: mime,
      disposition: `attachment; filename="${row.dataset}-${row.export}.${ending}"`,
      length: Number(row.bytes),
    });
  }

  @Api('deleteExport')
  async remove(@Call() { principal, params, address }: ApiCall<'deleteExport'>): Promise<ApiAnswer<'deleteExport'>> {
    const row = await this.own(principal, params.id);
    await this.store.transact((tx) => this.tell(tx, principal, 'export.delete', row.export, address));
    await this.jobs.remove(row, 'deleted');
    return {};
  }

  /** A part at a time: however large the file, no more than one is in memory. */
  private async *parts(row: ExportRow): AsyncGenerator<Uint8Array> {
    for (let part = 1; part <= (row.parts ?? 0); part++) {
      const bytes = await this.objects.get(partKey(row.org, row.export, part));
      // The answer breaks off: who reads it can tell by its length.
      if (!bytes) throw new Refused('gone', 'The file was taken away meanwhile.');
      yield bytes;
    }
  }

  private async own(principal: Principal, id = ''): Promise<ExportRow> {
    const [row] = await this.store.readAs(principal.org, (q) =>
      q.query<ExportRow>('select * from export_job where export = $1 and owner = $2', [id, ownerOf(principal)]),
    );
    if (!row) throw new Refused('not_found', 'There is no such export of yours.');
    return row;
  }

  private async spreader(principal: Principal, permission: Permission, id: string): Promise<string> {
    const noDataAfter = minutes(this.config.NO_DATA_AFTER_MINUTES);
    const found = await this.store.readAs(principal.org, (q) =>
      readSpreaders(q, { principal, permission, now: this.clock.now(), noDataAfter, id }),
    );
    const view = found.find(({ spreader }) => spreader === id) ?? found[0];
    if (!view) throw new Refused('not_found', `There is no spreader ${id}.`);
    return view.spreader;
  }

  private async tell(
    tx: Parameters<AuditTrail['within']>[0],
    principal: Principal,
    action: string,
    id: string,
    address: string | null,
  ): Promise<void> {
    await this.audit.within(tx, {
      org: principal.org,
      class: 'privileged',
      actor: { kind: principal.kind, id: principal.id },
      action,
      target: { kind: 'export', id },
      outcome: 'success',
      address,
    });
  }

  private view(row: ExportRow): Job {
    const expired = row.expires_at <= this.clock.now();
    const state = expired ? 'expired' : row.state;
    const whole = (text: string | null): number | null => (text === null ? null : Number(text));
    return {
      id: row.export,
      dataset: row.dataset as Job['dataset'],
      format: row.format as Job['format'],
      from: toIso(row.from_at),
      to: toIso(row.to_at),
      state,
      created_at: toIso(row.created_at),
      expires_at: toIso(row.expires_at),
      rows: whole(row.rows),
      bytes: whole(row.bytes),
      sha256: row.sha256,
      file: state === 'ready' ? `/v1/exports/${row.export}/file` : null,
      error: row.error,
    };
  }
}

const ownerOf = ({ kind, id }: Principal): string => `${kind}/${id}`;

const invalid = (pointer: string, code: string, detail: string): Refused =>
  new Refused('invalid', 'Some fields are not valid.', [{ pointer, code, detail }]);
