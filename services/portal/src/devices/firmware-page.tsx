import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery, terminalsQuery } from '../api/queries';
import { request } from '../api/request';
import { ChangeForm, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { Paged } from '../parts/paged';
import { quantityText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { DevicesFrame } from './frame';
import { PublishCard } from './publish-card';
import { firmwareQuery, rolloutsQuery, type Firmware } from './queries';

/** Firmware of the units and how it is rolled out. */
export function FirmwarePage() {
  const { t } = useTranslation();
  const zone = useListZone();
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'devices.write');
  const query = useQuery(firmwareQuery);
  const published = (query.data ?? []).filter(({ state }) => state === 'published');
  return (
    <DevicesFrame name={t('devices.firmware')} lead={t('firmware.lead', { zone })}>
      <Card title={t('firmware.rollouts')}>
        <Paged query={rolloutsQuery} what={t('firmware.loadRollouts')} none={t('firmware.noRollouts')}>
          {(rollouts) => (
            <RowsTable
              label={t('firmware.rollouts')}
              rows={rollouts}
              rowKey={({ id }) => id}
              columns={[
                {
                  head: t('firmware.version'),
                  cell: ({ id, version }) => (
                    <Link to="/devices/firmware/$id" params={{ id }} className="strong-link" data-row-link>
                      {version}
                    </Link>
                  ),
                },
                { head: t('devices.state'), cell: ({ state }) => t(`firmware.states.${state}`) },
                { head: t('firmware.started'), cell: ({ started_at: at }) => <TimeText at={at} timeZone={zone} /> },
                {
                  head: t('firmware.groups'),
                  right: true,
                  cell: ({ open_groups: open, groups }) => t('firmware.of', { n: open, all: groups }),
                },
                {
                  head: t('firmware.confirmed'),
                  right: true,
                  cell: ({ confirmed, devices }) => t('firmware.of', { n: confirmed, all: devices }),
                },
                { head: t('firmware.failed'), right: true, cell: ({ failed }) => failed },
              ]}
            />
          )}
        </Paged>
      </Card>
      {writes && published.length > 0 && <StartCard firmware={published} />}
      <Card title={t('firmware.list')}>
        <Answered query={query} what={t('firmware.load')}>
          {(list) =>
            list.length === 0 ? (
              <p className="note">{t('firmware.none')}</p>
            ) : (
              <RowsTable
                label={t('firmware.list')}
                rows={list}
                rowKey={({ id }) => id}
                columns={[
                  { head: t('firmware.version'), cell: ({ version }) => version },
                  { head: t('firmware.model'), cell: ({ model }) => model },
                  {
                    head: t('devices.state'),
                    cell: ({ state, received, size }) =>
                      state === 'published'
                        ? t('firmware.published')
                        : t('firmware.uploading', { percent: Math.floor((100 * received) / size) }),
                  },
                  {
                    head: t('firmware.size'),
                    right: true,
                    cell: ({ size }) => quantityText(Math.ceil(size / 1000), 'kB'),
                  },
                  {
                    head: t('firmware.publishedAt'),
                    cell: ({ published_at: at }) => <TimeText at={at} timeZone={zone} />,
                  },
                  {
                    head: t('firmware.notes'),
                    cell: ({ notes, rollback, sha256 }) => (
                      <>
                        {notes} {rollback && t('firmware.rollback')}
                        <div className="muted small">
                          SHA-256 <code className="break">{sha256}</code>
                        </div>
                      </>
                    ),
                  },
                ]}
              />
            )
          }
        </Answered>
      </Card>
      {writes && <PublishCard />}
    </DevicesFrame>
  );
}

/** Groups that are often taken: where each ends, in percent of the units. */
const cuts = ['5,25,100', '10,100', '1,10,50,100', '100'] as const;

function StartCard({ firmware }: { readonly firmware: readonly Firmware[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = useChange('rollouts');
  const { data: terminals = [] } = useQuery(terminalsQuery);
  const [id, setId] = useState(firmware[0]?.id ?? '');
  const [to, setTo] = useState('');
  const [serials, setSerials] = useState('');
  const [groups, setGroups] = useState<string>(cuts[0]);
  const [percent, setPercent] = useState('10');
  const [soak, setSoak] = useState('60');
  const [confirm, setConfirm] = useState('30');
  const send = (): void =>
    void change.make(async () => {
      const devices = serials.split(/[\s,;]+/).filter(Boolean);
      const { id: made } = await request('startRollout', {
        body: {
          firmware_id: id,
          ...(to === '' ? { devices } : { terminal_id: to }),
          groups: groups.split(',').map(Number),
          failure_percent: Number(percent),
          soak_minutes: Number(soak),
          confirm_minutes: Number(confirm),
        },
      });
      await navigate({ to: '/devices/firmware/$id', params: { id: made } });
    });
  return (
    <Card title={t('firmware.start')}>
      <p className="note">{t('firmware.startHint')}</p>
      <ChangeForm change={change} send={t('firmware.startDo')} onSend={send}>
        <Choose
          label={t('devices.firmware')}
          value={id}
          onChange={setId}
          options={firmware.map(({ id: value, version, model }) => ({ value, label: `${version}, ${model}` }))}
        />
        <Choose
          label={t('firmware.to')}
          value={to}
          onChange={setTo}
          options={[
            { value: '', label: t('firmware.theseUnits') },
            ...terminals.map(({ id: value, name }) => ({ value, label: t('firmware.allOf', { terminal: name }) })),
          ]}
        />
        {to === '' && (
          <TextField
            label={t('firmware.serials')}
            hint={t('firmware.serialsHint')}
            value={serials}
            onChange={setSerials}
            rows={3}
            most={70_000}
          />
        )}
        <Choose
          label={t('firmware.groupsOf')}
          value={groups}
          onChange={setGroups}
          options={cuts.map((value) => ({ value, label: value.split(',').join(' %, ') + ' %' }))}
        />
        <TextField label={t('firmware.failurePercent')} type="number" value={percent} onChange={setPercent} />
        <TextField label={t('firmware.soak')} type="number" value={soak} onChange={setSoak} />
        <TextField label={t('firmware.confirm')} type="number" value={confirm} onChange={setConfirm} />
      </ChangeForm>
    </Card>
  );
}
