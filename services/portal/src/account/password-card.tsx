import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { Card } from '../parts/card';
import { ChangeForm, TextField } from '../change/fields';
import type { OwnSecurity } from '../security/queries';
import { useChange } from '../change/use-change';

/** Changing one's password. */
export function PasswordCard({ own }: { readonly own: OwnSecurity }) {
  const { t } = useTranslation();
  const change = useChange('own-sessions');
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const send = (): void =>
    void change.make(async () => {
      const { ended } = await request('changePassword', { body: { current, next } });
      setCurrent('');
      setNext('');
      return t('factors.changed', { count: ended });
    });
  return (
    <Card title={t('factors.password')}>
      {own.password ? (
        <ChangeForm change={change} send={t('factors.change')} onSend={send}>
          <TextField
            label={t('factors.current')}
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={setCurrent}
            most={512}
          />
          <TextField
            label={t('factors.next')}
            type="password"
            autoComplete="new-password"
            hint={t('factors.passwordHint')}
            value={next}
            onChange={setNext}
            most={512}
          />
        </ChangeForm>
      ) : (
        <p className="note">{t('factors.noPassword')}</p>
      )}
    </Card>
  );
}
