import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { ChangeForm, TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { countText } from '../parts/quantity';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { saveFile } from '../fleet/save-file';
import { CertificateLifeText } from './device-words';
import { DevicesFrame } from './frame';
import { authoritiesQuery, type Authority } from './queries';

/** The authorities whose certificates let units in. */
export function AuthoritiesPage() {
  const { t } = useTranslation();
  const query = useQuery(authoritiesQuery);
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'devices.write');
  const change = useChange('authorities');
  const [retiring, setRetiring] = useState<Authority | null>(null);
  return (
    <DevicesFrame name={t('devices.authorities')} lead={t('authorities.lead')}>
      <Card title={t('devices.authorities')}>
        <Answered query={query} what={t('authorities.load')}>
          {(authorities) => (
            <ul className="rows">
              {authorities.map((authority) => (
                <Row
                  key={authority.id}
                  authority={authority}
                  retire={writes && authority.retired_at === null ? () => setRetiring(authority) : null}
                />
              ))}
            </ul>
          )}
        </Answered>
        {writes && (
          <>
            <p className="note">{t('authorities.rotateHint')}</p>
            <button
              type="button"
              className="button"
              onClick={() =>
                void change.make(async () => {
                  const { name } = await request('rotateAuthority');
                  return t('authorities.rotated', { name });
                })
              }
            >
              {t('authorities.rotate')}
            </button>
          </>
        )}
        <Told change={change} />
      </Card>
      {writes && <RegisterCard />}
      {retiring && (
        <AskDialog
          title={t('authorities.retireLabel', { name: retiring.name })}
          text={t('authorities.retireHint', { count: retiring.certificates })}
          send={t('authorities.retire')}
          reason
          change={change}
          onSend={(reason) =>
            change.make(async () => {
              await request('retireAuthority', { path: { id: retiring.id }, body: { reason } });
              return t('authorities.retired', { name: retiring.name });
            })
          }
          onClose={() => setRetiring(null)}
        />
      )}
    </DevicesFrame>
  );
}

function Row({ authority, retire }: { readonly authority: Authority; readonly retire: (() => void) | null }) {
  const { t } = useTranslation();
  const zone = useListZone();
  return (
    <li data-row>
      <div>
        <strong>{authority.name}</strong>
        <br />
        <span className="muted">
          {t(`authorities.kinds.${authority.kind}`)}{' '}
          {t('authorities.good', { count: authority.certificates, n: countText(authority.certificates) })}{' '}
          {authority.quota !== null && t('authorities.quota', { n: countText(authority.quota) })}
        </span>
        <br />
        <span className="small">
          {authority.retired_at ? (
            <>
              {t('authorities.retiredAt')} <TimeText at={authority.retired_at} timeZone={zone} />
            </>
          ) : (
            <CertificateLifeText notAfter={authority.not_after} />
          )}
        </span>
        <br />
        <span className="muted small">
          SHA-256 <code className="break">{authority.fingerprint}</code>
        </span>
      </div>
      <div className="form-do">
        <button
          type="button"
          className="button"
          aria-label={t('authorities.saveLabel', { name: authority.name })}
          onClick={() => saveFile(`${authority.id}.pem`, 'application/x-pem-file', authority.certificate)}
        >
          {t('authorities.save')}
        </button>
        {retire && (
          <button
            type="button"
            className="button"
            aria-label={t('authorities.retireLabel', { name: authority.name })}
            onClick={retire}
          >
            {t('authorities.retire')}
          </button>
        )}
      </div>
    </li>
  );
}

function RegisterCard() {
  const { t } = useTranslation();
  const change = useChange('authorities');
  const [name, setName] = useState('');
  const [certificate, setCertificate] = useState('');
  const [quota, setQuota] = useState('100');
  const send = (): void =>
    void change
      .make(async () => {
        await request('registerAuthority', { body: { name, certificate, quota: Number(quota) } });
        return t('authorities.registered', { name });
      })
      .then((done) => {
        if (!done) return;
        setName('');
        setCertificate('');
      });
  return (
    <Card title={t('authorities.register')}>
      <p className="note">{t('authorities.registerHint')}</p>
      <ChangeForm change={change} send={t('authorities.registerDo')} onSend={send}>
        <TextField label={t('authorities.name')} value={name} onChange={setName} most={64} />
        <TextField
          label={t('authorities.certificate')}
          value={certificate}
          onChange={setCertificate}
          rows={6}
          most={16_384}
        />
        <TextField label={t('authorities.most')} type="number" value={quota} onChange={setQuota} />
      </ChangeForm>
    </Card>
  );
}
