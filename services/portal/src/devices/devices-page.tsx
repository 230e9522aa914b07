import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery, spreadersQuery } from '../api/queries';
import { AgeText } from '../parts/age-text';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose, SearchField } from '../parts/choose';
import { countText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import type { DevicesSearch } from '../router';
import { useNow } from '../time/clock';
import { useListZone } from '../time/use-list-zone';
import { ClaimCard } from './claim-card';
import { filterDevices } from './device-filter';
import { deviceShows, type DeviceShow } from './device-shows';
import { CertificateLifeText, ConnectionMark, DeviceStateMark } from './device-words';
import { DevicesFrame } from './frame';
import { devicesQuery, type Device } from './queries';

/** Units on the page at first, and how many more each time. */
const step = 100;

/** The telematic units: who is on line, whose certificate ends, whose frames could not be read. */
export function DevicesPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/devices' });
  const navigate = useNavigate({ from: '/devices' });
  const query = useQuery(devicesQuery);
  const { data: me } = useQuery(meQuery);
  const zone = useListZone();
  const field = useRef<HTMLInputElement>(null);
  const go = (change: DevicesSearch): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <DevicesFrame
      name={t('devices.title')}
      lead={t('devices.lead', { zone })}
      tools={
        <>
          <SearchField
            label={t('fleet.find')}
            hint={t('devices.findHint')}
            value={search.find ?? ''}
            onChange={(find) => go({ find: find || undefined })}
            field={field}
          />
          <Choose
            label={t('devices.show')}
            value={search.show ?? ''}
            onChange={(value) => go({ show: deviceShows.find((one) => one === value) })}
            options={[
              { value: '', label: t('devices.all') },
              ...deviceShows.map((value: DeviceShow) => ({ value, label: t(`devices.shows.${value}`) })),
            ]}
          />
        </>
      }
    >
      <Card title={t('devices.units')}>
        <Answered query={query} what={t('devices.loadList')}>
          {(devices) =>
            devices.length === 0 ? (
              <p className="note">{t('devices.none')}</p>
            ) : (
              <DeviceRows
                devices={devices}
                search={search}
                zone={zone}
                clear={() => go({ find: undefined, show: undefined })}
              />
            )
          }
        </Answered>
      </Card>
      {may(me, 'devices.write') && <ClaimCard />}
    </DevicesFrame>
  );
}

function DeviceRows(props: {
  readonly devices: readonly Device[];
  readonly search: DevicesSearch;
  readonly zone: string;
  readonly clear: () => void;
}) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { data: spreaders = [] } = useQuery({ ...spreadersQuery, enabled: may(me, 'spreaders.read') });
  const numbers = new Map(spreaders.map(({ id, number }) => [id, number]));
  const [most, setMost] = useState(step);
  const now = useNow(60);
  const { devices, zone } = props;
  const rows = filterDevices(devices, props.search, (id) => numbers.get(id) ?? id, now);
  if (rows.length === 0) {
    return (
      <p className="note">
        {t('devices.hidden', { count: devices.length })}{' '}
        <button type="button" className="text-button" onClick={props.clear}>
          {t('fleet.clear')}
        </button>
      </p>
    );
  }
  return (
    <>
      <p className="muted small" role="status">
        {t('devices.count', { shown: countText(rows.length), all: countText(devices.length) })}
      </p>
      <RowsTable
        label={t('devices.units')}
        rows={rows.slice(0, most)}
        rowKey={({ btu }) => btu}
        columns={[
          {
            head: t('devices.serial'),
            cell: ({ btu }) => (
              <Link to="/devices/btu/$btu" params={{ btu }} className="strong-link" data-row-link>
                {btu}
              </Link>
            ),
          },
          {
            head: t('devices.spreader'),
            cell: ({ spreader_id: id }) => {
              const number = id === null ? undefined : numbers.get(id);
              if (id === null) return t('devices.unbound');
              if (number === undefined) return id;
              return (
                <Link to="/spreaders/$number/data" params={{ number }} className="target">
                  {number}
                </Link>
              );
            },
          },
          { head: t('devices.state'), cell: ({ state }) => <DeviceStateMark state={state} /> },
          { head: t('devices.connection'), cell: ({ connection }) => <ConnectionMark connection={connection} /> },
          { head: t('devices.seen'), cell: ({ last_seen_at: at }) => <AgeText at={at} timeZone={zone} /> },
          { head: t('devices.firmware'), cell: ({ firmware }) => firmware ?? t('devices.notTold') },
          {
            head: t('devices.certificate'),
            cell: ({ certificate }) =>
              certificate ? <CertificateLifeText notAfter={certificate.not_after} /> : t('devices.noCertificate'),
          },
          {
            head: t('devices.frames'),
            right: true,
            cell: ({ btu, quarantined_frames: frames }) =>
              frames === 0 ? (
                '0'
              ) : (
                <Link to="/devices/quarantine" search={{ btu }} className="target">
                  {countText(frames)}
                </Link>
              ),
          },
        ]}
      />
      {rows.length > most && (
        <button type="button" className="button no-print" onClick={() => setMost(most + step)}>
          {t('change.more')}
        </button>
      )}
    </>
  );
}
