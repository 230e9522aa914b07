import '../i18n/load-advice-texts';
import { failureModes } from '@quaywatch/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Finding, SpreaderDetail } from '../api/queries';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { useWords } from '../i18n/words';
import { Choose } from '../parts/choose';
import { TimeText } from '../parts/time-text';
import { serverNow } from '../time/clock';
import { fromZonedInput, toZonedInput } from '../time/zoned-input';
import { TraceDetails } from './trace-details';

const steps = ['accepted', 'planned', 'repaired', 'rejected'] as const;
const verdicts = ['confirmed', 'other_cause', 'not_found'] as const;

type Asked = (typeof steps)[number] | (typeof verdicts)[number];

const isVerdict = (asked: Asked): asked is (typeof verdicts)[number] => (verdicts as readonly string[]).includes(asked);

/** What people did with the advice and found, whether the data prove it, and saying so: it counts for the published precision. */
export default function AdviceActions(props: {
  readonly finding: Finding;
  readonly spreader: SpreaderDetail;
  readonly writes: boolean;
}) {
  const { t } = useTranslation();
  const nameOf = usePersonName();
  const words = useWords();
  const { finding, writes } = props;
  const zone = props.spreader.terminal.time_zone;
  const change = useChange('findings', 'finding', 'spreader', 'precision');
  const [asked, setAsked] = useState<Asked | null>(null);
  const { progress, verdict, proof, causes, reopened } = finding;
  const reached = progress ? steps.indexOf(progress.state) : -1;
  return (
    <div className="advice">
      {causes.length > 1 && (
        <>
          <h3>{t('advice.causes')}</h3>
          <ul className="plain-list">
            {causes.map((cause) => (
              <li key={`${cause.failure_mode} ${cause.component}`}>
                <strong>{t('advice.percent', { percent: Math.round(cause.probability * 100) })}</strong>{' '}
                {cause.title === '' ? words.component(cause.component) : cause.title}
              </li>
            ))}
          </ul>
        </>
      )}
      {reopened.times > 0 && (
        <p>
          {t('advice.reopened', { count: reopened.times })}{' '}
          {reopened.because && t(`advice.because.${reopened.because}`)}
        </p>
      )}
      {progress && (
        <p>
          <strong>{t(`advice.is.${progress.state}`)}</strong> {nameOf(progress.by)},{' '}
          <TimeText at={progress.when} timeZone={zone} />. {progress.note}{' '}
          {proof !== 'none' && t(`advice.proof.${proof}`)}
        </p>
      )}
      {verdict && (
        <p>
          <strong>{t(`advice.found.${verdict.verdict}`)}</strong> {nameOf(verdict.by)},{' '}
          <TimeText at={verdict.at} timeZone={zone} />.{' '}
          {verdict.failure_mode && failureModes.get(verdict.failure_mode)?.title}
          {verdict.component && ` (${words.component(verdict.component)})`} {verdict.note}
        </p>
      )}
      {writes && (
        <>
          <div className="form-do no-print" role="group" aria-label={t('advice.doLabel')}>
            {steps
              .filter((step, i) => i > reached || (step === 'planned' && progress?.state === 'planned'))
              .map((step) => (
                <button key={step} type="button" className="button" onClick={() => setAsked(step)}>
                  {t(`advice.do.${step}`)}
                </button>
              ))}
          </div>
          <div className="form-do no-print" role="group" aria-label={t('advice.foundLabel')}>
            <span className="muted">{t('advice.foundAsk')}</span>
            {verdicts.map((one) => (
              <button
                key={one}
                type="button"
                className="button"
                aria-pressed={verdict?.verdict === one}
                onClick={() => setAsked(one)}
              >
                {t(`advice.verdicts.${one}`)}
              </button>
            ))}
          </div>
        </>
      )}
      <Told change={change} />
      <TraceDetails finding={finding.id} zone={zone} />
      {asked && <Ask asked={asked} finding={finding} zone={zone} change={change} close={() => setAsked(null)} />}
    </div>
  );
}

function Ask(props: {
  readonly asked: Asked;
  readonly finding: Finding;
  readonly zone: string;
  readonly change: ReturnType<typeof useChange>;
  readonly close: () => void;
}) {
  const { t } = useTranslation();
  const words = useWords();
  const { asked, finding, zone, change } = props;
  const [note, setNote] = useState('');
  const [when, setWhen] = useState(() => toZonedInput(serverNow() + (asked === 'planned' ? 86_400_000 : 0), zone));
  const [mode, setMode] = useState('');
  const [exchanged, setExchanged] = useState(false);
  const timed = asked === 'planned' || asked === 'repaired';
  const at = fromZonedInput(when, zone);
  const send = (): Promise<boolean> =>
    change.make(async () => {
      const path = { id: finding.id };
      const text = note.trim() ? { note: note.trim() } : {};
      if (isVerdict(asked)) {
        const cause = asked === 'other_cause' && mode ? { failure_mode: mode } : {};
        await request('judgeFinding', { path, body: { verdict: asked, ...cause, ...text } });
      } else {
        const time = asked === 'repaired' && at !== undefined ? Math.min(at, serverNow()) : at;
        const of = timed && time !== undefined ? { when: new Date(time).toISOString() } : {};
        const part = asked === 'repaired' && exchanged ? { exchanged } : {};
        await request('progressFinding', { path, body: { state: asked, ...of, ...part, ...text } });
      }
      return t('advice.saved');
    });
  return (
    <AskDialog
      title={isVerdict(asked) ? t(`advice.verdicts.${asked}`) : t(`advice.do.${asked}`)}
      text={t(`advice.hint.${asked}`)}
      send={t('advice.save')}
      change={change}
      onSend={send}
      onClose={props.close}
    >
      {timed && <TextField label={t('advice.when', { zone })} type="datetime-local" value={when} onChange={setWhen} />}
      {asked === 'other_cause' && (
        <Choose
          label={t('advice.was')}
          value={mode}
          onChange={setMode}
          options={[
            { value: '', label: t('advice.elsewhere') },
            ...[...failureModes.values()].map(({ id, component, title }) => ({
              value: id,
              label: `${words.family('component', component)} ${title}`,
            })),
          ]}
        />
      )}
      {asked === 'repaired' && (
        <label className="check">
          <input type="checkbox" checked={exchanged} onChange={(event) => setExchanged(event.currentTarget.checked)} />
          {t('advice.exchanged')}
        </label>
      )}
      <TextField
        label={asked === 'rejected' ? t('advice.why') : t('advice.note')}
        required={asked === 'rejected'}
        rows={2}
        most={500}
        value={note}
        onChange={setNote}
      />
    </AskDialog>
  );
}
