import '../i18n/load-security-texts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { ChangeForm, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import { Card } from '../parts/card';

/** Tells of an incident or a weakness; everybody who is signed in may. */
export function ReportCard() {
  const { t } = useTranslation();
  const change = useChange('incidents');
  const [title, setTitle] = useState('');
  const [description, setDescription] = useState('');
  const send = (): void =>
    void change
      .make(async () => {
        await request('reportIncident', { body: { title, description } });
        return t('incidents.reported');
      })
      .then((done) => {
        if (!done) return;
        setTitle('');
        setDescription('');
      });
  return (
    <Card title={t('incidents.report')}>
      <p className="note">{t('incidents.reportLead')}</p>
      <ChangeForm change={change} send={t('incidents.send')} onSend={send}>
        <TextField label={t('incidents.title')} value={title} onChange={setTitle} most={120} />
        <TextField
          label={t('incidents.description')}
          value={description}
          onChange={setDescription}
          rows={4}
          most={4000}
        />
      </ChangeForm>
    </Card>
  );
}
