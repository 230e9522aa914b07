import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request, type Answer } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { Card } from '../parts/card';
import { Paged, pagesQuery } from '../parts/paged';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { RulesFrame } from './frame';
import { settingText } from './setting-text';

type Edit = Answer<'listSettingEdits'>['data'][number];
type Asked = { readonly edit: Edit; readonly what: 'approved' | 'rejected' | 'revert' };

const editsQuery = pagesQuery<Edit>(['setting-edits'], (cursor, signal) =>
  request('listSettingEdits', { query: { limit: 50, cursor }, signal }),
);

/** Who changed which setting, when and why; what waits for a second person; and taking an edit back. */
export function EditsPage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const nameOf = usePersonName();
  const zone = useListZone();
  const change = useChange('settings', 'setting-edits');
  const [asked, setAsked] = useState<Asked | null>(null);
  const words = { yes: t('values.yes'), no: t('values.no'), none: t('settings.notSet') };
  const writes = may(me, 'fleet.write');
  return (
    <RulesFrame name={t('settings.edits')} lead={t('settings.editsLead', { zone })}>
      <Card title={t('settings.edits')}>
        <Told change={change} />
        <Paged query={editsQuery} what={t('settings.loadEdits')} none={t('settings.noEdits')}>
          {(edits) => (
            <ul className="rows">
              {edits.map((edit) => (
                <li key={edit.id} data-row>
                  <div>
                    <TimeText at={edit.at} timeZone={zone} /> <strong>{nameOf(edit.by)}</strong>{' '}
                    {t('settings.at', { where: edit.of_name ?? t(`settings.scopes.${edit.scope}`) })} “{edit.reason}”{' '}
                    {t(`settings.states.${edit.state}`)}
                    {edit.decided_by && (
                      <span className="muted">
                        {' '}
                        {nameOf(edit.decided_by)}: {edit.decision_reason}
                      </span>
                    )}
                    <ul className="small">
                      {edit.changes.map((one) => (
                        <li key={one.setting}>
                          {t('settings.was', {
                            words: one.words,
                            before: settingText(one.before, one.unit, words),
                            after: settingText(one.value, one.unit, words),
                          })}
                        </li>
                      ))}
                    </ul>
                  </div>
                  {writes && (
                    <div className="form-do">
                      {edit.state === 'waiting' && edit.by !== me?.id && (
                        <>
                          <button type="button" className="button" onClick={() => setAsked({ edit, what: 'approved' })}>
                            {t('settings.approved')}
                          </button>
                          <button type="button" className="button" onClick={() => setAsked({ edit, what: 'rejected' })}>
                            {t('settings.rejected')}
                          </button>
                        </>
                      )}
                      {edit.state === 'waiting' && edit.by === me?.id && (
                        <span className="muted">{t('settings.second')}</span>
                      )}
                      {edit.state === 'on' && (
                        <button type="button" className="button" onClick={() => setAsked({ edit, what: 'revert' })}>
                          {t('settings.revert')}
                        </button>
                      )}
                    </div>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Paged>
      </Card>
      {asked && (
        <AskDialog
          title={t(`settings.${asked.what}`)}
          text={asked.edit.changes.map((one) => one.words).join(', ')}
          send={t(`settings.${asked.what}`)}
          reason
          change={change}
          onSend={(reason) =>
            change.make(async () => {
              const path = { id: asked.edit.id };
              if (asked.what === 'revert') await request('revertSettingEdit', { path, body: { reason } });
              else await request('decideSettingEdit', { path, body: { outcome: asked.what, reason } });
              return t('settings.done');
            })
          }
          onClose={() => setAsked(null)}
        />
      )}
    </RulesFrame>
  );
}
