import { useTranslation } from 'react-i18next';
import { TextField } from '../change/fields';
import { Choose } from '../parts/choose';
import { repairParts, stopCauses, stopEndings, type StopDraft } from './stop-draft';

/** When a stop was, why, how it ended, and how long each part of the repair took. */
export function StopFields(props: {
  readonly draft: StopDraft;
  readonly zone: string;
  readonly onChange: (draft: StopDraft) => void;
}) {
  const { t } = useTranslation();
  const { draft, zone } = props;
  const set = (change: Partial<StopDraft>): void => props.onChange({ ...draft, ...change });
  return (
    <>
      <TextField
        label={t('stops.from')}
        hint={t('stops.fromHint', { zone })}
        type="datetime-local"
        value={draft.from}
        onChange={(from) => set({ from })}
      />
      <TextField
        label={t('stops.to')}
        hint={t('stops.toHint')}
        type="datetime-local"
        required={false}
        value={draft.to}
        onChange={(to) => set({ to })}
      />
      <Choose
        label={t('stops.cause')}
        value={draft.cause}
        onChange={(value) => set({ cause: stopCauses.find((one) => one === value) ?? 'equipment' })}
        options={stopCauses.map((value) => ({ value, label: t(`stops.causes.${value}`) }))}
      />
      <Choose
        label={t('stops.ending')}
        value={draft.ending}
        onChange={(value) => set({ ending: stopEndings.find((one) => one === value) ?? 'repair' })}
        options={stopEndings.map((value) => ({ value, label: t(`stops.endings.${value}`) }))}
      />
      <TextField
        label={t('stops.rootCause')}
        hint={t('stops.rootHint')}
        value={draft.rootCause}
        onChange={(rootCause) => set({ rootCause })}
        most={64}
      />
      <fieldset>
        <legend>{t('stops.parts')}</legend>
        <span className="muted small">{t('stops.partsHint')}</span>
        <div className="number-row">
          {repairParts.map((part) => (
            <TextField
              key={part}
              label={t(`stops.part.${part}`)}
              type="number"
              step="any"
              required={false}
              value={draft.parts[part]}
              onChange={(value) => set({ parts: { ...draft.parts, [part]: value } })}
            />
          ))}
        </div>
      </fieldset>
      <TextField
        label={t('stops.note')}
        required={false}
        value={draft.note}
        onChange={(note) => set({ note })}
        rows={2}
        most={500}
      />
    </>
  );
}
