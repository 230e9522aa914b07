import '../i18n/load-shortcut-texts';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setShortcutsOn, shortcutsOn } from './shortcut-setting';

const list = [
  { keys: ['g', 'a'], key: 'shortcuts.attention' },
  { keys: ['g', 'f'], key: 'shortcuts.fleet' },
  { keys: ['g', 'l'], key: 'shortcuts.alarms' },
  { keys: ['/'], key: 'shortcuts.find' },
  { keys: ['j'], key: 'shortcuts.next' },
  { keys: ['k'], key: 'shortcuts.previous' },
  { keys: ['Enter'], key: 'shortcuts.open' },
  { keys: ['t'], key: 'shortcuts.take' },
  { keys: ['?'], key: 'shortcuts.help' },
] as const;

/** The list of shortcuts, and the switch for them. */
export default function ShortcutsDialog({ close }: { readonly close: () => void }) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const [on, setOn] = useState(shortcutsOn);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="shortcuts-title" onClose={close}>
      <h2 id="shortcuts-title">{t('shortcuts.title')}</h2>
      <dl className="shortcuts">
        {list.map(({ keys, key }) => (
          <div key={key}>
            <dt>
              {keys.map((name, i) => (
                <span key={name}>
                  {i > 0 && ` ${t('shortcuts.or')} `}
                  <kbd>{name}</kbd>
                </span>
              ))}
            </dt>
            <dd>{t(key)}</dd>
          </div>
        ))}
      </dl>
      <p>
        <label className="check">
          <input
            type="checkbox"
            checked={on}
            onChange={(event) => {
              setShortcutsOn(event.currentTarget.checked);
              setOn(event.currentTarget.checked);
            }}
          />{' '}
          {t('shortcuts.on')}
        </label>
      </p>
      <button type="button" className="button" onClick={() => dialog.current?.close()}>
        {t('shortcuts.close')}
      </button>
    </dialog>
  );
}
