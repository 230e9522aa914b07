import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { Card } from '../parts/card';
import { ChangeForm, TextField } from '../change/fields';
import type { OwnSecurity } from '../security/queries';
import { useChange } from '../change/use-change';
import { ownTimeZone, timeWords } from '../time/format-time';

/** What every card of a factor is given. */
export interface FactorPart {
  readonly own: OwnSecurity;
  readonly showCodes: (codes: readonly string[]) => void;
}

const time = (iso: string): string => timeWords(ownTimeZone()).dateTime(Date.parse(iso));

/** One's passkeys: making, naming, removing. */
export function PasskeysCard({ own, showCodes }: FactorPart) {
  const { t } = useTranslation();
  const change = useChange('own-security');
  const [name, setName] = useState('');
  const add = (): void =>
    void change.make(async () => {
      const { options } = await request('beginPasskey');
      const response = await makePasskey(options, {
        cannot: t('factors.cannotPasskey'),
        stopped: t('factors.passkeyStopped'),
      });
      const { recovery_codes: codes } = await request('addPasskey', { body: { name, response } });
      showCodes(codes);
      setName('');
      return t('factors.added', { name });
    });
  const remove = (id: string, of: string): void =>
    void change.make(async () => {
      await request('removePasskey', { path: { id } });
      return t('factors.removed', { name: of });
    });
  return (
    <Card title={t('factors.passkeys')}>
      <p className="note">{t('factors.passkeysLead')}</p>
      {own.passkeys.length === 0 && <p>{t('factors.noPasskeys')}</p>}
      <ul className="rows">
        {own.passkeys.map((key) => (
          <li key={key.id}>
            <div>
              {key.name}
              <br />
              <span className="muted small">
                {t('factors.passkeyAdded', {
                  time: time(key.created_at),
                  used: key.last_used_at ? time(key.last_used_at) : t('factors.neverUsed'),
                })}
              </span>
            </div>
            <button
              type="button"
              className="button"
              aria-label={t('factors.removeLabel', { name: key.name })}
              onClick={() => remove(key.id, key.name)}
            >
              {t('factors.remove')}
            </button>
          </li>
        ))}
      </ul>
      <ChangeForm change={change} send={t('factors.addPasskey')} onSend={add}>
        <TextField
          label={t('factors.passkeyName')}
          placeholder={t('factors.passkeyNameHint')}
          value={name}
          onChange={setName}
          most={60}
        />
      </ChangeForm>
    </Card>
  );
}

/** Lets the browser make a passkey after the server's options; rejects with the given words. */
async function makePasskey(options: unknown, words: { cannot: string; stopped: string }): Promise<unknown> {
  if (!('PublicKeyCredential' in window) || !PublicKeyCredential.parseCreationOptionsFromJSON)
    throw new Error(words.cannot);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
  const made = await navigator.credentials.create({ publicKey }).catch((cause: unknown) => {
    throw new Error(words.stopped, { cause });
  });
  if (!made) throw new Error(words.stopped);
  return (made as PublicKeyCredential).toJSON();
}
