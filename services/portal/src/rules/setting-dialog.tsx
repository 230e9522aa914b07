import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request, type Answer } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { TextField } from '../change/fields';
import { useChange, type Change } from '../change/use-change';
import { Choose } from '../parts/choose';
import { countText, unitText } from '../parts/quantity';
import type { SettingsSearch } from '../router';
import { serverNow } from '../time/clock';
import { settingField, settingOf, type Setting, type SettingValue } from './setting-text';

const days = 30;

/** Changes a setting somewhere, or lets hold again what is set further up; with a back-test before. */
export function SettingDialog(props: {
  readonly setting: Setting;
  readonly scope: NonNullable<SettingsSearch['scope']>;
  readonly of: string | null;
  readonly change: Change;
  readonly close: () => void;
}) {
  const { t } = useTranslation();
  const { setting, scope, of, change } = props;
  const [value, setValue] = useState(settingField(setting.value));
  const [inherit, setInherit] = useState(false);
  const test = useChange();
  const [result, setResult] = useState<Answer<'backTestSettings'> | null>(null);
  const wanted: SettingValue | null | undefined = inherit ? null : settingOf(setting.kind, value);
  const changes = wanted === undefined ? [] : [{ setting: setting.id, value: wanted }];
  const backTest = (): void =>
    void test.make(async () => {
      const to = serverNow();
      const [from, until] = [to - days * 86_400_000, to].map((at) => new Date(at).toISOString());
      setResult(await request('backTestSettings', { body: { scope, of, changes, from, to: until } }));
    });
  const label =
    setting.kind === 'number' ? t('settings.valueIn', { unit: unitText(setting.unit) || '–' }) : t('settings.value');
  const put = (text: string): void => {
    setValue(text);
    setResult(null);
  };
  return (
    <AskDialog
      title={setting.words}
      text={t('settings.holds', { where: t(`settings.scopes.${scope}`) })}
      send={t('settings.save')}
      reason
      change={change}
      onSend={(reason) =>
        change.make(async () => {
          const { state } = await request('editSettings', { body: { scope, of, changes, reason } });
          return t(state === 'waiting' ? 'settings.waits' : 'settings.saved', { words: setting.words });
        })
      }
      onClose={props.close}
    >
      {!inherit &&
        (setting.kind === 'flag' || setting.kind === 'choice' ? (
          <Choose
            label={label}
            value={value}
            onChange={put}
            options={(setting.kind === 'flag' ? ['true', 'false'] : (setting.choices ?? [])).map((one) => ({
              value: one,
              label: setting.kind === 'flag' ? t(one === 'true' ? 'values.yes' : 'values.no') : one,
            }))}
          />
        ) : (
          <TextField
            label={label}
            value={value}
            onChange={put}
            most={7000}
            {...(setting.kind === 'number'
              ? { type: 'number', step: 'any' }
              : { rows: setting.kind === 'list' ? 4 : 2 })}
            {...(setting.low !== null || setting.high !== null
              ? { hint: t('settings.between', { low: setting.low ?? '–', high: setting.high ?? '–' }) }
              : setting.kind === 'list'
                ? { hint: t('rules.oneALine') }
                : {})}
          />
        ))}
      <label className="check">
        <input type="checkbox" checked={inherit} onChange={(event) => setInherit(event.currentTarget.checked)} />
        {t('settings.inherit')}
      </label>
      <p>
        <button
          type="button"
          className="button"
          disabled={changes.length === 0}
          aria-disabled={test.busy}
          onClick={() => !test.busy && backTest()}
        >
          {t('settings.test', { days })}
        </button>
      </p>
      <div role="status">
        {test.busy && t('rules.running')}
        {test.told && !test.told.good && <p className="told bad">{test.told.text}</p>}
        {result && (
          <p>
            {result.not_tested.length > 0
              ? t('settings.notTested')
              : t('settings.tested', {
                  now: result.now.raised,
                  nowConfirmed: result.now.confirmed,
                  proposed: result.proposed.raised,
                  proposedConfirmed: result.proposed.confirmed,
                  spreaders: result.spreaders,
                  observations: countText(result.observations),
                })}
          </p>
        )}
        {result && result.modes.length > 0 && (
          <ul className="plain-list">
            {result.modes.map(({ failure_mode: id, title, now, proposed }) => (
              <li key={id}>
                {t('settings.testedMode', {
                  id,
                  title,
                  now: now.raised,
                  nowConfirmed: now.confirmed,
                  proposed: proposed.raised,
                  proposedConfirmed: proposed.confirmed,
                })}
              </li>
            ))}
          </ul>
        )}
      </div>
    </AskDialog>
  );
}
