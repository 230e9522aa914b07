import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { may, meQuery, spreadersQuery } from '../api/queries';
import { AgeText } from '../parts/age-text';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { countText, quantityText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { ClaimCard } from './claim-card';
import { CommandsCard } from './commands-card';
import { CompletenessCard } from './completeness-card';
import { DeviceActions } from './device-actions';
import { CertificateLifeText, ConnectionMark, DeviceStateMark } from './device-words';
import { DevicesFrame } from './frame';
import { deviceQuery, type DeviceDetail } from './queries';

/** One unit: identity, connection, certificates, commands, data. */
export function DevicePage() {
  const { t } = useTranslation();
  const { btu } = useParams({ from: '/devices/btu/$btu' });
  const query = useQuery(deviceQuery(btu));
  const { data: me } = useQuery(meQuery);
  const zone = useListZone();
  const writes = may(me, 'devices.write');
  return (
    <DevicesFrame name={btu} lead={t('chart.zone', { zone })}>
      <Answered query={query} what={t('devices.loadOne')}>
        {(device) => (
          <>
            <div className="halves">
              <NowCard device={device} zone={zone} writes={writes} />
              <LinkCard device={device} zone={zone} />
            </div>
            <CertificatesCard device={device} zone={zone} />
            {device.spreader_id !== null && <CompletenessCard spreaderId={device.spreader_id} zone={zone} />}
            <CommandsCard btu={btu} zone={zone} writes={writes && device.state === 'active'} />
            {writes && device.state !== 'rejected' && <ClaimCard btu={btu} />}
          </>
        )}
      </Answered>
    </DevicesFrame>
  );
}

interface Part {
  readonly device: DeviceDetail;
  readonly zone: string;
}

function NowCard({ device, zone, writes }: Part & { readonly writes: boolean }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { data: spreaders = [], isLoading } = useQuery({ ...spreadersQuery, enabled: may(me, 'spreaders.read') });
  const number = spreaders.find(({ id }) => id === device.spreader_id)?.number;
  return (
    <Card title={t('devices.identity')}>
      <dl className="needs">
        <div>
          <dt>{t('devices.state')}</dt>
          <dd>
            <DeviceStateMark state={device.state} />
            {device.state_reason && <div className="muted small">{device.state_reason}</div>}
            {device.state_since && (
              <div className="muted small">
                {t('devices.since')} <TimeText at={device.state_since} timeZone={zone} />
              </div>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('devices.spreader')}</dt>
          <dd>
            {device.spreader_id === null ? (
              t('devices.unbound')
            ) : number ? (
              <Link to="/spreaders/$number/data" params={{ number }} className="target">
                {number}
              </Link>
            ) : (
              !isLoading && device.spreader_id
            )}
          </dd>
        </div>
        <div>
          <dt>{t('devices.enrolled')}</dt>
          <dd>
            <TimeText at={device.enrolled_at} timeZone={zone} />
          </dd>
        </div>
        <div>
          <dt>{t('devices.firmware')}</dt>
          <dd>
            {device.firmware ?? t('devices.notTold')}
            {device.update && (
              <div className="muted small">
                <Link to="/devices/firmware/$id" params={{ id: device.update.rollout_id }} className="target">
                  {t('devices.update', {
                    version: device.update.version,
                    step: t(`devices.steps.${device.update.step ?? 'none'}`),
                  })}
                </Link>
              </div>
            )}
          </dd>
        </div>
      </dl>
      {writes && <DeviceActions device={device} />}
    </Card>
  );
}

function LinkCard({ device, zone }: Part) {
  const { t } = useTranslation();
  const { buffer, signal } = device;
  return (
    <Card title={t('devices.link')}>
      <dl className="needs">
        <div>
          <dt>{t('devices.connection')}</dt>
          <dd>
            <ConnectionMark connection={device.connection} />
          </dd>
        </div>
        <div>
          <dt>{t('devices.seen')}</dt>
          <dd>
            <AgeText at={device.last_seen_at} timeZone={zone} />
          </dd>
        </div>
        <div>
          <dt>{t('devices.buffer')}</dt>
          <dd>
            {buffer === null ? (
              t('devices.notTold')
            ) : (
              <>
                {buffer.frames === null
                  ? quantityText(Math.ceil(buffer.bytes / 1000), 'kB')
                  : t('devices.bufferFrames', {
                      count: buffer.frames,
                      n: countText(buffer.frames),
                      size: quantityText(Math.ceil(buffer.bytes / 1000), 'kB'),
                    })}
                {buffer.oldest_at && (
                  <div className="muted small">
                    {t('devices.oldest')} <TimeText at={buffer.oldest_at} timeZone={zone} />
                  </div>
                )}
                <div className="muted small">
                  {t('devices.told')} <AgeText at={buffer.told_at} timeZone={zone} />
                </div>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('devices.signal')}</dt>
          <dd>
            {signal === null ? t('devices.noSignal') : `${signal.technology}, ${quantityText(signal.dbm, 'dBm')}`}
          </dd>
        </div>
        <div>
          <dt>{t('devices.frames')}</dt>
          <dd>
            {device.quarantined_frames === 0 ? (
              '0'
            ) : (
              <Link to="/devices/quarantine" search={{ btu: device.btu }} className="target">
                {countText(device.quarantined_frames)}
              </Link>
            )}
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function CertificatesCard({ device, zone }: Part) {
  const { t } = useTranslation();
  return (
    <Card title={t('devices.certificates')}>
      {device.certificates.length === 0 ? (
        <p className="note">{t('devices.noCertificate')}</p>
      ) : (
        <RowsTable
          label={t('devices.certificates')}
          rows={device.certificates}
          rowKey={({ serial }) => serial}
          columns={[
            { head: t('devices.certificateSerial'), cell: ({ serial }) => <code className="break">{serial}</code> },
            { head: t('devices.issued'), cell: ({ issued_at: at }) => <TimeText at={at} timeZone={zone} /> },
            {
              head: t('devices.firstUsed'),
              cell: ({ first_used_at: at }) => (at ? <TimeText at={at} timeZone={zone} /> : t('age.never')),
            },
            { head: t('devices.ends'), cell: ({ not_after: at }) => <TimeText at={at} timeZone={zone} /> },
            {
              head: t('devices.life'),
              cell: ({ revoked_at: revoked, revoked_reason: reason, not_after: end }) =>
                revoked ? (
                  <>
                    {t('devices.revokedAt')} <TimeText at={revoked} timeZone={zone} />
                    {reason && <div className="muted small">{reason}</div>}
                  </>
                ) : (
                  <CertificateLifeText notAfter={end} />
                ),
            },
          ]}
        />
      )}
    </Card>
  );
}
