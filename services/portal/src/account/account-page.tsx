import '../i18n/load-security-texts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../api/queries';
import { request } from '../api/request';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { PageHead } from '../parts/page';
import { deviceName } from '../security/device-name';
import { Told } from '../change/fields';
import { ownSecurityQuery, ownSessionsQuery, type OwnSecurity } from '../security/queries';
import { ReportCard } from '../security/report-card';
import { SessionRows } from '../security/session-rows';
import { StepUpAsk } from '../change/step-up-ask';
import { useChange } from '../change/use-change';
import { ownTimeZone, timeWords } from '../time/format-time';
import { AuthenticatorCard } from './authenticator-card';
import { ConsentsCard } from './consents-card';
import { CodesCard, FreshCodes } from './codes-card';
import { PasskeysCard } from './passkeys-card';
import { PasswordCard } from './password-card';

/** One's own account: ways to sign in, sessions, what one should know. */
export function AccountPage() {
  const { t } = useTranslation();
  const query = useQuery(ownSecurityQuery);
  const { data: me } = useQuery(meQuery);
  const [codes, setCodes] = useState<readonly string[]>([]);
  return (
    <>
      <PageHead title={t('factors.title')} name={t('factors.title')} lead={me?.email ?? t('factors.lead')} />
      <div role="status">{codes.length > 0 && <FreshCodes codes={codes} done={() => setCodes([])} />}</div>
      <Answered query={query} what={t('security.loadSecurity')}>
        {(own) => (
          <>
            {own.notices.length > 0 && <NoticesCard notices={own.notices} />}
            <SessionsCard />
            <ConsentsCard />
            <div className="halves">
              <PasskeysCard own={own} showCodes={setCodes} />
              <AuthenticatorCard own={own} showCodes={setCodes} />
            </div>
            <div className="halves">
              <CodesCard own={own} showCodes={setCodes} />
              <PasswordCard own={own} />
            </div>
          </>
        )}
      </Answered>
      <ReportCard />
      <StepUpAsk />
    </>
  );
}

function NoticesCard({ notices }: { readonly notices: OwnSecurity['notices'] }) {
  const { t } = useTranslation();
  const change = useChange('own-security');
  return (
    <Card title={t('factors.notices')} className="bar flood">
      <ul className="rows">
        {notices.map(({ id, kind, at, address, user_agent: agent }) => (
          <li key={id}>
            <div>
              {t(`factors.noticed.${kind}`, {
                device: deviceName(agent) ?? t('factors.unknownDevice'),
                address: address ?? t('factors.noAddress'),
                time: timeWords(ownTimeZone()).dateTime(Date.parse(at)),
              })}
            </div>
            <button
              type="button"
              className="button"
              onClick={() => void change.make(async () => void (await request('dismissNotice', { path: { id } })))}
            >
              {kind === 'break_glass' ? t('factors.read') : t('factors.wasMe')}
            </button>
          </li>
        ))}
      </ul>
      {notices.some(({ kind }) => kind !== 'break_glass') && <p>{t('factors.notYou')}</p>}
      <Told change={change} />
    </Card>
  );
}

function SessionsCard() {
  const { t } = useTranslation();
  const query = useQuery(ownSessionsQuery);
  const change = useChange('own-sessions');
  const zone = ownTimeZone();
  return (
    <Card title={t('factors.sessions')}>
      <Answered query={query} what={t('security.loadSessions')}>
        {({ data }) => (
          <SessionRows
            sessions={data}
            act={(session, device) =>
              !session.current && (
                <button
                  type="button"
                  className="button"
                  aria-label={t('factors.endLabel', {
                    device,
                    time: timeWords(zone).dateTime(Date.parse(session.created_at)),
                  })}
                  onClick={() =>
                    void change.make(async () => {
                      await request('endOwnSession', { path: { id: session.id } });
                      return t('factors.ended');
                    })
                  }
                >
                  {t('factors.end')}
                </button>
              )
            }
          />
        )}
      </Answered>
      <Told change={change} />
    </Card>
  );
}
