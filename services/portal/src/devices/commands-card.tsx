import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { ChangeForm, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { Paged } from '../parts/paged';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { saveFile } from '../fleet/save-file';
import { SignalField } from '../parts/signal-field';
import { commandsQuery, type DeviceCommand } from './queries';

const kinds = ['rebirth', 'upload_log', 'request_burst', 'configuration'] as const;
const levels = ['', 'error', 'warn', 'info', 'debug'] as const;

/** What was asked of the unit and what became of it, and asking for more. Never a movement. */
export function CommandsCard(props: { readonly btu: string; readonly zone: string; readonly writes: boolean }) {
  const { t } = useTranslation();
  const { btu, zone } = props;
  return (
    <Card title={t('devices.commands')}>
      <Paged query={commandsQuery(btu)} what={t('devices.loadCommands')} none={t('devices.noCommands')}>
        {(commands) => (
          <RowsTable<DeviceCommand>
            label={t('devices.commands')}
            rows={commands}
            rowKey={({ id }) => id}
            columns={[
              {
                head: t('devices.command'),
                cell: ({ kind, parameters }) => (
                  <>
                    {t(`devices.kinds.${kind}`)}
                    {Object.keys(parameters).length > 0 && (
                      <div className="muted small">
                        {Object.entries(parameters)
                          .map(([name, value]) => `${name} ${value}`)
                          .join(', ')}
                      </div>
                    )}
                  </>
                ),
              },
              { head: t('devices.asked'), cell: ({ requested_at: at }) => <TimeText at={at} timeZone={zone} /> },
              {
                head: t('devices.outcome'),
                cell: ({ id, state, detail, attachment }) => (
                  <>
                    {t(`devices.commandStates.${state}`)}
                    {detail && <div className="muted small">{detail}</div>}
                    {attachment && (
                      <button
                        type="button"
                        className="text-button"
                        onClick={() =>
                          void request('getCommandLog', { path: { id: btu, command: id } }).then(({ text }) =>
                            saveFile(`${btu}-${id}.log`, 'text/plain', text),
                          )
                        }
                      >
                        {t('devices.saveLog')}
                      </button>
                    )}
                  </>
                ),
              },
              {
                head: t('devices.ended'),
                cell: ({ ended_at: at, expires_at: expires }) =>
                  at ? (
                    <TimeText at={at} timeZone={zone} />
                  ) : (
                    <>
                      {t('devices.expires')} <TimeText at={expires} timeZone={zone} />
                    </>
                  ),
              },
            ]}
          />
        )}
      </Paged>
      {props.writes && <CommandForm btu={btu} />}
    </Card>
  );
}

function CommandForm({ btu }: { readonly btu: string }) {
  const { t } = useTranslation();
  const change = useChange('commands');
  const [kind, setKind] = useState<(typeof kinds)[number]>('rebirth');
  const [lines, setLines] = useState('500');
  const [signal, setSignal] = useState('');
  const [seconds, setSeconds] = useState('10');
  const [live, setLive] = useState('');
  const [status, setStatus] = useState('');
  const [level, setLevel] = useState<string>('');
  const parameters = (): Record<string, string | number> => {
    if (kind === 'upload_log') return { lines: Number(lines) };
    if (kind === 'request_burst') return { signal, seconds: Number(seconds) };
    if (kind === 'rebirth') return {};
    return {
      ...(live === '' ? {} : { live_seconds: Number(live) }),
      ...(status === '' ? {} : { status_seconds: Number(status) }),
      ...(level === '' ? {} : { log_level: level }),
    };
  };
  const send = (): void =>
    void change.make(async () => {
      await request('sendCommand', { path: { id: btu }, body: { kind, parameters: parameters() } });
      return t('devices.sent', { command: t(`devices.kinds.${kind}`) });
    });
  return (
    <>
      <h3>{t('devices.ask')}</h3>
      <p className="note">{t('devices.askHint')}</p>
      <ChangeForm change={change} send={t('devices.send')} onSend={send}>
        <Choose
          label={t('devices.command')}
          value={kind}
          onChange={(value) => setKind(kinds.find((one) => one === value) ?? 'rebirth')}
          options={kinds.map((value) => ({ value, label: t(`devices.kinds.${value}`) }))}
        />
        {kind === 'upload_log' && (
          <TextField label={t('devices.lines')} type="number" value={lines} onChange={setLines} />
        )}
        {kind === 'request_burst' && (
          <>
            <SignalField label={t('chart.signal')} value={signal} onChange={setSignal} />
            <TextField label={t('devices.seconds')} type="number" value={seconds} onChange={setSeconds} />
          </>
        )}
        {kind === 'configuration' && (
          <>
            <TextField
              label={t('devices.liveSeconds')}
              type="number"
              required={false}
              value={live}
              onChange={setLive}
            />
            <TextField
              label={t('devices.statusSeconds')}
              type="number"
              required={false}
              value={status}
              onChange={setStatus}
            />
            <Choose
              label={t('devices.logLevel')}
              value={level}
              onChange={setLevel}
              options={levels.map((value) => ({ value, label: value === '' ? t('devices.asIs') : value }))}
            />
          </>
        )}
      </ChangeForm>
    </>
  );
}
