import '../i18n/load-component-texts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery, type SpreaderDetail } from '../api/queries';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { ChangeForm, TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { counts } from '../spreader/drawing-layout';
import { SpreaderFrame } from '../spreader/frame';
import { serverNow } from '../time/clock';
import { fromZonedInput, toZonedInput } from '../time/zoned-input';
import { PassportTable } from './passport-table';
import { passportsQuery, type Passport } from './queries';

/** The components of one spreader that have serial numbers, and exchanging them. */
export const PartsPage = () => <SpreaderFrame>{(spreader) => <Parts spreader={spreader} />}</SpreaderFrame>;

function Parts({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'alarms.write');
  const query = useQuery(passportsQuery(spreader.id));
  const change = useChange('passports', 'passport');
  const [removing, setRemoving] = useState<Passport | null>(null);
  const [scrap, setScrap] = useState(false);
  return (
    <>
      <Card title={t('components.twistlocks')}>
        <Answered query={query} what={t('components.load')}>
          {(passports) =>
            passports.length === 0 ? (
              <p className="note">{t('components.noneHere')}</p>
            ) : (
              <PassportTable
                passports={[...passports].sort((a, b) => (a.position ?? '').localeCompare(b.position ?? ''))}
                {...(writes
                  ? {
                      act: (passport: Passport) => (
                        <button
                          type="button"
                          className="button"
                          aria-label={t('components.removeLabel', { serial: passport.serial })}
                          onClick={() => {
                            setScrap(false);
                            setRemoving(passport);
                          }}
                        >
                          {t('components.remove')}
                        </button>
                      ),
                    }
                  : {})}
              />
            )
          }
        </Answered>
        <Told change={change} />
      </Card>
      {writes && <FitCard spreader={spreader} />}
      {removing && (
        <AskDialog
          title={t('components.removeLabel', { serial: removing.serial })}
          send={t('components.remove')}
          reason
          change={change}
          onSend={(reason) =>
            change.make(async () => {
              await request('removeComponent', {
                path: { id: spreader.id, serial: removing.serial },
                body: { reason, scrapped: scrap },
              });
              return t('components.isRemoved', { serial: removing.serial });
            })
          }
          onClose={() => setRemoving(null)}
        >
          <label className="check">
            <input type="checkbox" checked={scrap} onChange={(event) => setScrap(event.currentTarget.checked)} />
            {t('components.scrap')}
          </label>
        </AskDialog>
      )}
    </>
  );
}

function FitCard({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const words = useWords();
  const change = useChange('passports', 'passport');
  const zone = spreader.terminal.time_zone;
  const { twistlocks } = counts(spreader);
  const [serial, setSerial] = useState('');
  const [position, setPosition] = useState('TL[1]');
  const [at, setAt] = useState(() => toZonedInput(serverNow(), zone));
  const [before, setBefore] = useState('');
  const send = (): void =>
    void change
      .make(async () => {
        const when = fromZonedInput(at, zone);
        await request('fitComponent', {
          path: { id: spreader.id },
          body: {
            kind: 'twistlock',
            serial: serial.trim(),
            position,
            ...(when === undefined ? {} : { at: new Date(Math.min(when, serverNow())).toISOString() }),
            ...(before === '' ? {} : { cycles_before: Number(before) }),
          },
        });
        return t('components.fitted', { serial, position: words.component(position) });
      })
      .then((done) => {
        if (!done) return;
        setSerial('');
        setBefore('');
      });
  return (
    <Card title={t('components.fit')}>
      <p className="note">{t('components.fitHint')}</p>
      <ChangeForm change={change} send={t('components.fitDo')} onSend={send}>
        <TextField label={t('components.serial')} value={serial} onChange={setSerial} most={48} />
        <Choose
          label={t('components.position')}
          value={position}
          onChange={setPosition}
          options={Array.from({ length: twistlocks }, (_, i) => ({
            value: `TL[${i + 1}]`,
            label: words.component(`TL[${i + 1}]`),
          }))}
        />
        <TextField label={t('components.when', { zone })} type="datetime-local" value={at} onChange={setAt} />
        <TextField label={t('components.before')} type="number" required={false} value={before} onChange={setBefore} />
      </ChangeForm>
    </Card>
  );
}
