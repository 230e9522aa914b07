import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { Told } from '../change/fields';
import { useChange, type Change } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { OneOf } from '../parts/choose';
import { Paged } from '../parts/paged';
import { quantityText } from '../parts/quantity';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { DeviceActions } from './device-actions';
import { DeviceStateMark } from './device-words';
import { DevicesFrame } from './frame';
import { devicesQuery, quarantineQuery, type QuarantinedFrame } from './queries';
import { bytesOf, hexDump, jsonOf } from './raw-frame';

/** Units that wait to be let in, and frames that could not be read: nothing is thrown away in silence. */
export function QuarantinePage() {
  const { t } = useTranslation();
  const { btu } = useSearch({ from: '/devices/quarantine' });
  const navigate = useNavigate({ from: '/devices/quarantine' });
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'devices.write');
  const zone = useListZone();
  const change = useChange('quarantine', 'devices', 'device');
  return (
    <DevicesFrame name={t('devices.quarantinePage')} lead={t('quarantine.lead', { zone })}>
      <WaitingCard writes={writes} />
      <Card title={btu ? t('quarantine.framesOf', { btu }) : t('quarantine.frames')}>
        {btu && (
          <p>
            <button type="button" className="text-button" onClick={() => void navigate({ search: {} })}>
              {t('quarantine.allUnits')}
            </button>
          </p>
        )}
        <Told change={change} />
        <Paged query={quarantineQuery(btu)} what={t('quarantine.load')} none={t('quarantine.none')}>
          {(frames) => (
            <ul className="rows">
              {frames.map((frame) => (
                <Frame key={frame.id} frame={frame} zone={zone} change={writes ? change : null} />
              ))}
            </ul>
          )}
        </Paged>
      </Card>
    </DevicesFrame>
  );
}

function WaitingCard({ writes }: { readonly writes: boolean }) {
  const { t } = useTranslation();
  const query = useQuery(devicesQuery);
  return (
    <Card title={t('quarantine.waiting')}>
      <Answered query={query} what={t('devices.loadList')}>
        {(devices) => {
          const waiting = devices.filter(({ state }) => state === 'pending' || state === 'quarantined');
          if (waiting.length === 0) return <p className="note">{t('quarantine.nobody')}</p>;
          return (
            <ul className="rows">
              {waiting.map((device) => (
                <li key={device.btu} data-row>
                  <div>
                    <Link to="/devices/btu/$btu" params={{ btu: device.btu }} className="strong-link" data-row-link>
                      {device.btu}
                    </Link>{' '}
                    <DeviceStateMark state={device.state} />
                  </div>
                  {writes && <DeviceActions device={device} />}
                </li>
              ))}
            </ul>
          );
        }}
      </Answered>
    </Card>
  );
}

function Frame(props: {
  readonly frame: QuarantinedFrame;
  readonly zone: string;
  /** null = may not be read again by this person. */
  readonly change: Change | null;
}) {
  const { t } = useTranslation();
  const { frame, zone, change } = props;
  const [open, setOpen] = useState(false);
  const size = Math.floor((frame.raw_base64.length * 3) / 4) - (/=*$/.exec(frame.raw_base64)?.[0].length ?? 0);
  return (
    <li data-row>
      <div>
        <strong>{frame.reason}</strong>
        <br />
        <span className="muted small">
          {frame.btu}, <code>{frame.topic}</code>, {quantityText(size, 'B')},{' '}
          <TimeText at={frame.received_at} timeZone={zone} />
        </span>
      </div>
      {change && (
        <button
          type="button"
          className="button"
          aria-label={t('quarantine.replayLabel', { btu: frame.btu, reason: frame.reason })}
          onClick={() =>
            void change.make(async () => {
              const { outcome } = await request('replayQuarantined', { path: { id: frame.id } });
              return t(`quarantine.${outcome}`);
            })
          }
        >
          {t('quarantine.replay')}
        </button>
      )}
      <details className="whole-row" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary data-row-link>{t('quarantine.raw')}</summary>
        {open && <Raw frame={frame} />}
      </details>
    </li>
  );
}

function Raw({ frame }: { readonly frame: QuarantinedFrame }) {
  const { t } = useTranslation();
  const bytes = bytesOf(frame.raw_base64);
  const json = jsonOf(bytes);
  const [view, setView] = useState<'json' | 'hex'>(json === null ? 'hex' : 'json');
  const shown = view === 'json' && json !== null ? json : hexDump(bytes);
  return (
    <>
      {json !== null && (
        <OneOf
          label={t('quarantine.view')}
          value={view}
          onChange={setView}
          options={[
            { value: 'json', label: 'JSON' },
            { value: 'hex', label: t('quarantine.hex') },
          ]}
        />
      )}
      <pre className="raw scroll" tabIndex={0} role="group" aria-label={t('quarantine.raw')}>
        {shown}
      </pre>
      {view === 'hex' && bytes.length > 4096 && <p className="note">{t('quarantine.cut')}</p>}
    </>
  );
}
