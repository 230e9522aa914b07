import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { Card } from '../parts/card';
import { ChangeForm, ShownOnce, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import type { FactorPart } from './passkeys-card';

const QrCode = lazy(() => import('../parts/qr-code'));

/** One's authenticator app: set up with a code, or removed. */
export function AuthenticatorCard({ own, showCodes }: FactorPart) {
  const { t } = useTranslation();
  const change = useChange('own-security');
  const [begun, setBegun] = useState<{ readonly secret: string; readonly uri: string } | null>(null);
  const [code, setCode] = useState('');
  const name = t('factors.app');
  const begin = (): void => void change.make(async () => setBegun(await request('beginTotp')));
  const confirm = (): void =>
    void change.make(async () => {
      const { recovery_codes: codes } = await request('confirmTotp', { body: { code } });
      showCodes(codes);
      setBegun(null);
      setCode('');
      return t('factors.added', { name });
    });
  const remove = (): void =>
    void change.make(async () => {
      await request('removeTotp');
      return t('factors.removed', { name });
    });
  return (
    <Card title={name}>
      <p className="note">{own.totp ? t('factors.appOn') : t('factors.appOff')}</p>
      {own.totp ? (
        <ChangeForm change={change} send={t('factors.removeLabel', { name })} onSend={remove} />
      ) : begun ? (
        <>
          <Suspense>
            <QrCode text={begun.uri} label={t('factors.appCode')} />
          </Suspense>
          <ShownOnce label={t('factors.appSecret')} text={begun.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')} />
          <p>
            <a href={begun.uri}>{t('factors.openApp')}</a>
          </p>
          <ChangeForm change={change} send={t('factors.confirm')} onSend={confirm}>
            <TextField
              label={t('factors.code')}
              value={code}
              onChange={setCode}
              most={10}
              autoComplete="one-time-code"
            />
          </ChangeForm>
        </>
      ) : (
        <ChangeForm change={change} send={t('factors.setUp')} onSend={begin} />
      )}
    </Card>
  );
}
