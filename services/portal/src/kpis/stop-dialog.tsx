import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import type { Change } from '../change/use-change';
import { stopBodyOf, stopDraftOf, type Stop } from './stop-draft';
import { StopFields } from './stop-fields';

/** Corrects a recorded stop, or says of one that the data suggest what it was. */
export function StopDialog(props: {
  readonly stop: Stop;
  readonly zone: string;
  readonly change: Change;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { stop, zone, change } = props;
  const [draft, setDraft] = useState(() => stopDraftOf(stop, zone));
  const spreader = stop.spreader_number;
  return (
    <AskDialog
      title={t(stop.confirmed ? 'stops.correctTitle' : 'stops.confirmTitle', { spreader })}
      text={t(stop.confirmed ? 'stops.correctText' : 'stops.confirmText')}
      send={t(stop.confirmed ? 'stops.correct' : 'stops.send')}
      change={change}
      onSend={() =>
        change.make(async () => {
          const body = stopBodyOf(draft, zone, stop);
          if (body === null) throw new Error(t('stops.noBegin'));
          if (stop.confirmed) await request('correctStop', { path: { id: stop.id }, body });
          else await request('recordStop', { path: { id: stop.spreader_id }, body });
          return t(stop.confirmed ? 'stops.corrected' : 'stops.done', { spreader });
        })
      }
      onClose={props.onClose}
    >
      <StopFields draft={draft} zone={zone} onChange={setDraft} />
    </AskDialog>
  );
}
