import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request, type Answer } from '../api/request';
import { ChangeForm, ShownOnce, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { timeWords } from '../time/format-time';
import { useListZone } from '../time/use-list-zone';

const hours = ['4', '24', '72', '168', '720', '2160'] as const;

/** Lets a new unit in: a one-time code with which it gets its first certificate by itself. */
export function ClaimCard({ btu: given }: { readonly btu?: string }) {
  const { t } = useTranslation();
  const zone = useListZone();
  const change = useChange('devices', 'device');
  const [serial, setSerial] = useState('');
  const [valid, setValid] = useState('72');
  const [made, setMade] = useState<Answer<'claimDevice'> | null>(null);
  const send = (): void => {
    setMade(null);
    void change.make(async () => {
      const id = given ?? serial.trim();
      setMade(await request('claimDevice', { path: { id }, body: { valid_hours: Number(valid) } }));
      setSerial('');
    });
  };
  return (
    <Card title={given ? t('devices.claimAgain') : t('devices.claim')}>
      <p className="note">{t('devices.claimLead')}</p>
      <ChangeForm change={change} send={t('devices.makeCode')} onSend={send}>
        {!given && <TextField label={t('devices.serial')} value={serial} onChange={setSerial} most={64} />}
        <Choose
          label={t('devices.codeValid')}
          value={valid}
          onChange={setValid}
          options={hours.map((value) => ({ value, label: t('devices.hours', { count: Number(value) }) }))}
        />
      </ChangeForm>
      {made && (
        <div role="status">
          <ShownOnce
            label={t('devices.code', {
              btu: made.btu,
              time: timeWords(zone).dateTime(Date.parse(made.expires_at)),
            })}
            text={made.code}
          />
          <ShownOnce label={t('devices.fingerprint')} text={made.root_fingerprint} />
        </div>
      )}
    </Card>
  );
}
