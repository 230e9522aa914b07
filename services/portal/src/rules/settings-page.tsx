import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { spreaderTypes } from '@quaywatch/contracts';
import { may, meQuery, spreadersQuery, terminalsQuery } from '../api/queries';
import { request } from '../api/request';
import { TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { Card } from '../parts/card';
import { Choose, SearchField } from '../parts/choose';
import { Paged, pagesQuery } from '../parts/paged';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { settingScopes, type SettingsSearch } from '../router';
import { useListZone } from '../time/use-list-zone';
import { RulesFrame } from './frame';
import { SettingDialog } from './setting-dialog';
import { settingText, type Setting } from './setting-text';

const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: async ({ signal }) => (await request('listModels', { signal })).data,
});

const settingsQuery = ({ scope = 'organisation', of, find, changed }: SettingsSearch) =>
  pagesQuery<Setting>(['settings', scope, of ?? '', find ?? '', String(changed ?? false)], (cursor, signal) =>
    request('listSettings', {
      query: { limit: 100, cursor, scope, of, find, changed: changed ? 'true' : undefined },
      signal,
    }),
  );

/** Limits and the rest of the catalogue, as they hold for the organisation, a type, a model, a terminal or a spreader. */
export function SettingsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/rules/settings' });
  const navigate = useNavigate({ from: '/rules/settings' });
  const field = useRef<HTMLInputElement>(null);
  const go = (change: SettingsSearch): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const scope = search.scope ?? 'organisation';
  const chosen = scope === 'organisation' || search.of !== undefined;
  return (
    <RulesFrame name={t('settings.title')} lead={t('settings.lead')}>
      <Card title={t('settings.where')}>
        <div className="tools">
          <Choose
            label={t('settings.scope')}
            value={scope}
            onChange={(value) => go({ scope: settingScopes.find((one) => one === value), of: undefined })}
            options={settingScopes.map((value) => ({ value, label: t(`settings.scopes.${value}`) }))}
          />
          <OfChoice search={search} go={go} />
          <SearchField
            label={t('fleet.find')}
            hint={t('settings.findHint')}
            value={search.find ?? ''}
            onChange={(find) => go({ find: find || undefined })}
            field={field}
          />
          <label className="check">
            <input
              type="checkbox"
              checked={search.changed ?? false}
              onChange={(event) => go({ changed: event.currentTarget.checked || undefined })}
            />
            {t('settings.changedOnly')}
          </label>
        </div>
      </Card>
      {chosen ? <ListCard search={search} /> : <p className="note">{t('settings.choose')}</p>}
      <EditsLink />
    </RulesFrame>
  );
}

const EditsLink = () => {
  const { t } = useTranslation();
  return (
    <p>
      <Link to="/rules/edits" className="target">
        {t('settings.toEdits')}
      </Link>
    </p>
  );
};

/** Which type, model, terminal or spreader. */
function OfChoice({ search, go }: { readonly search: SettingsSearch; readonly go: (change: SettingsSearch) => void }) {
  const { t } = useTranslation();
  const { scope } = search;
  const { data: models = [] } = useQuery({ ...modelsQuery, enabled: scope === 'type' || scope === 'model' });
  const { data: terminals = [] } = useQuery({ ...terminalsQuery, enabled: scope === 'terminal' });
  const { data: spreaders = [] } = useQuery({ ...spreadersQuery, enabled: scope === 'spreader' });
  if (scope === undefined || scope === 'organisation') return null;
  const options = {
    type: spreaderTypes.map((type) => ({ value: type, label: type })),
    model: models.map(({ model, spreaders: n }) => ({ value: model, label: t('settings.ofModel', { model, n }) })),
    terminal: terminals.map(({ id, name }) => ({ value: id, label: name })),
    spreader: spreaders.map(({ id, number }) => ({ value: id, label: number })),
  }[scope];
  // A model may be written about before its first spreader comes.
  const fresh = scope === 'model' && search.of !== undefined && !options.some(({ value }) => value === search.of);
  const more = fresh ? [{ value: search.of ?? '', label: t('settings.ofModel', { model: search.of, n: 0 }) }] : [];
  return (
    <>
      <Choose
        label={t(`settings.scopes.${scope}`)}
        value={search.of ?? ''}
        onChange={(of) => go({ of: of || undefined })}
        options={[{ value: '', label: t('settings.chooseOne') }, ...options, ...more]}
      />
      {scope === 'model' && <OtherModel go={go} />}
    </>
  );
}

/** A model that no spreader has yet. */
function OtherModel({ go }: { readonly go: (change: SettingsSearch) => void }) {
  const { t } = useTranslation();
  const [model, setModel] = useState('');
  return (
    <form
      className="form-do"
      onSubmit={(event) => {
        event.preventDefault();
        go({ of: model.trim() || undefined });
      }}
    >
      <TextField label={t('settings.otherModel')} value={model} onChange={setModel} most={100} required={false} />
      <button className="button" disabled={model.trim() === ''}>
        {t('settings.show')}
      </button>
    </form>
  );
}

function ListCard({ search }: { readonly search: SettingsSearch }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const nameOf = usePersonName();
  const zone = useListZone();
  const writes = may(me, 'fleet.write');
  const change = useChange('settings', 'setting-edits');
  const [editing, setEditing] = useState<Setting | null>(null);
  const words = { yes: t('values.yes'), no: t('values.no'), none: t('settings.notSet') };
  const text = (setting: Setting, value: Setting['value']): string => settingText(value, setting.unit, words);
  return (
    <Card title={t('settings.list')}>
      <Told change={change} />
      <Paged query={settingsQuery(search)} what={t('settings.load')} none={t('settings.none')}>
        {(settings) => (
          <RowsTable<Setting>
            label={t('settings.list')}
            rows={settings}
            rowKey={({ id }) => id}
            columns={[
              {
                head: t('settings.setting'),
                cell: ({ words: said, id }) => (
                  <>
                    {said}
                    <div className="muted small">
                      <code className="break">{id}</code>
                    </div>
                  </>
                ),
              },
              {
                head: t('settings.value'),
                cell: (setting) => (
                  <>
                    <strong>{text(setting, setting.value)}</strong>
                    {setting.origin !== 'default' && (
                      <div className="muted small">
                        {t('settings.default', { value: text(setting, setting.default) })}
                      </div>
                    )}
                  </>
                ),
              },
              {
                head: t('settings.from'),
                cell: ({ origin, changed_at: at, changed_by: by }) => (
                  <>
                    {t(`settings.origins.${origin}`)}
                    {by && (
                      <div className="muted small">
                        {nameOf(by)}, <TimeText at={at} timeZone={zone} />
                      </div>
                    )}
                  </>
                ),
              },
              ...(writes
                ? [
                    {
                      head: t('settings.do'),
                      cell: (setting: Setting) => (
                        <button
                          type="button"
                          className="button"
                          aria-label={t('settings.editLabel', { words: setting.words })}
                          onClick={() => setEditing(setting)}
                        >
                          {t('settings.edit')}
                        </button>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Paged>
      {editing && (
        <SettingDialog
          setting={editing}
          scope={search.scope ?? 'organisation'}
          of={search.of ?? null}
          change={change}
          close={() => setEditing(null)}
        />
      )}
    </Card>
  );
}
