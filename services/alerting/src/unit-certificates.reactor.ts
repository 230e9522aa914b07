import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent, type ConditionLevel, type EventEnvelope } from '@quaywatch/contracts';
import { done, toIso, type Outcome } from '@quaywatch/kernel';
import type { StoreTransaction } from '@quaywatch/ports';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { AlarmDesk, type AlarmKey } from './alarm-desk';

interface UnitRow extends Record<string, unknown> {
  spreader: string | null;
  not_after: number | null;
  days: number | null;
  alarmed: string | null;
}

const keyOf = (spreader: string): AlarmKey => ({ spreader, component: 'BTU', code: 'certificate-expiring' });

/** The nearer the end, the worse: each warning calls people again (ISA-18.2). */
const levelOf = (days: number): ConditionLevel => (days <= 1 ? 'act_now' : days <= 7 ? 'plan' : 'watch');

/**
 * Raises an alarm on the spreader of a unit whose certificate comes to its end: without it the unit falls silent. It is
 * cleared by renewal or revocation, and moves with the unit. Warnings and places come from two topics, in either order.
 */
@Controller()
export class UnitCertificatesReactor {
  constructor(@Inject(AlarmDesk) private readonly desk: AlarmDesk) {}

  @OnEvents('unit-certificates', 'devices')
  async onDevices(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    for (const event of batch) {
      if (isEvent(event, events.certificateExpiring)) {
        const { btu, serial, notAfter, days } = event.data;
        await tx.query(
          `insert into unit_certificate (organisation, btu, serial, not_after, days) values ($1, $2, $3, $4, $5)
           on conflict (organisation, btu) do update set serial = $3, not_after = $4, days = $5`,
          [event.org, btu, serial, notAfter, days],
        );
        await this.judge(tx, event, btu, '');
      } else if (isEvent(event, events.certificateIssued)) {
        const { btu, serial, notAfter } = event.data;
        const cleared = await tx.query(
          `update unit_certificate set serial = null, not_after = null, days = null
           where organisation = $1 and btu = $2 and not_after < $3 returning 1`,
          [event.org, btu, notAfter],
        );
        if (cleared.length > 0) await this.judge(tx, event, btu, `Renewed: certificate ${serial}, ${toIso(notAfter)}.`);
      } else if (isEvent(event, events.certificateRevoked)) {
        const { btu, serial } = event.data;
        const cleared = await tx.query(
          `update unit_certificate set serial = null, not_after = null, days = null
           where organisation = $1 and btu = $2 and serial = $3 returning 1`,
          [event.org, btu, serial],
        );
        if (cleared.length > 0) await this.judge(tx, event, btu, `Certificate ${serial} was revoked.`);
      }
    }
    return done;
  }

  @OnEvents('unit-places', 'fleet')
  async onFleet(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    for (const event of batch) {
      if (!isEvent(event, events.btuBound)) continue;
      const { btu, spreader, from } = event.data;
      await tx.query(
        `insert into unit_certificate (organisation, btu, spreader, bound_from) values ($1, $2, $3, $4)
         on conflict (organisation, btu) do update set spreader = $3, bound_from = $4
         where unit_certificate.bound_from is null or unit_certificate.bound_from <= $4`,
        [event.org, btu, spreader, from],
      );
      await this.judge(tx, event, btu, `Unit ${btu} is on this spreader no more.`);
    }
    return done;
  }

  /** Brings the alarm in line with what is known of the unit. */
  private async judge(tx: StoreTransaction, cause: EventEnvelope, btu: string, over: string): Promise<void> {
    const [unit] = await tx.query<UnitRow>(
      'select spreader, not_after, days, alarmed from unit_certificate where organisation = $1 and btu = $2 for update',
      [cause.org, btu],
    );
    if (!unit) return;
    const { spreader, days, not_after: notAfter, alarmed } = unit;
    const wanted = days === null ? null : spreader;
    if (alarmed !== null && alarmed !== wanted)
      await this.desk.clear(tx, cause, keyOf(alarmed), cause.time, over || `Unit ${btu} has a newer certificate.`);
    if (wanted !== null && days !== null)
      await this.desk.raise(tx, cause, keyOf(wanted), {
        title: 'Certificate of the unit ends',
        level: levelOf(days),
        risk: 'undetermined',
        finding: null,
        raisedAt: cause.time,
        reason: `The certificate of unit ${btu} ends at ${toIso(notAfter ?? 0)}: it has not renewed it by itself.`,
      });
    if (alarmed !== wanted)
      await tx.query('update unit_certificate set alarmed = $3 where organisation = $1 and btu = $2', [
        cause.org,
        btu,
        wanted,
      ]);
  }
}
