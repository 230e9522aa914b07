import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { Card } from '../parts/card';
import { ChangeForm } from '../change/fields';
import { useChange } from '../change/use-change';
import type { FactorPart } from './passkeys-card';

/** How many recovery codes are left, and making new ones. */
export function CodesCard({ own, showCodes }: FactorPart) {
  const { t } = useTranslation();
  const change = useChange('own-security');
  const make = (): void =>
    void change.make(async () => {
      showCodes((await request('newRecoveryCodes')).recovery_codes);
    });
  return (
    <Card title={t('factors.codes')}>
      <p className="note">{t('factors.codesLeft', { count: own.recovery_codes_left })}</p>
      <ChangeForm change={change} send={t('factors.newCodes')} onSend={make} />
    </Card>
  );
}

/** Recovery codes, shown this once. */
export function FreshCodes({ codes, done }: { readonly codes: readonly string[]; readonly done: () => void }) {
  const { t } = useTranslation();
  return (
    <Card title={t('factors.codes')}>
      <p>{t('factors.codesShown')}</p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <button type="button" className="button" onClick={done}>
        {t('factors.codesKept')}
      </button>
    </Card>
  );
}
