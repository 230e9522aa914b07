import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { Card } from '../parts/card';
import { Told } from '../change/fields';
import { consentsQuery } from '../security/queries';
import { useChange } from '../change/use-change';
import { serverNow } from '../time/clock';
import { ownTimeZone, timeWords } from '../time/format-time';

/** Programs that one lets act in one's name, each to be taken back; nothing while there is none. */
export function ConsentsCard() {
  const { t } = useTranslation();
  const { data } = useQuery(consentsQuery);
  const change = useChange('consents');
  const consents = data?.data ?? [];
  if (consents.length === 0 && change.told === null) return null;
  const takeBack = (id: string, name: string): void =>
    void change.make(async () => {
      await request('endConsent', { path: { id } });
      return t('factors.takenBack', { name });
    });
  return (
    <Card title={t('factors.consents')}>
      <ul className="rows">
        {consents.map(({ id, client_name: name, permissions, offline, until }) => (
          <li key={id}>
            <div>
              {name}
              <br />
              <span className="muted small">
                {t(offline ? 'factors.consentOffline' : 'factors.consent', {
                  permissions: permissions.join(', '),
                  time: timeWords(ownTimeZone()).dateTime(Date.parse(until), serverNow()),
                })}
              </span>
            </div>
            <div className="form-do">
              <button
                type="button"
                className="button"
                aria-label={t('factors.takeBackLabel', { name })}
                onClick={() => takeBack(id, name)}
              >
                {t('factors.takeBack')}
              </button>
            </div>
          </li>
        ))}
      </ul>
      <Told change={change} />
    </Card>
  );
}
