import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { LevelIcon } from '../parts/condition-mark';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { DevicesFrame } from './frame';
import { rolloutQuery, type Rollout } from './queries';
import { progressByGroup, type GroupProgress } from './rollout-progress';

const stateLevel = { running: 'ok', completed: 'ok', stopped: 'act_now' } as const;

/** One roll-out: how far each group and each unit is, and stopping it. */
export function RolloutPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/devices/firmware/$id' });
  const query = useQuery(rolloutQuery(id));
  const { data: me } = useQuery(meQuery);
  const zone = useListZone();
  return (
    <DevicesFrame
      name={query.data ? t('firmware.rolloutOf', { version: query.data.version }) : t('firmware.rollout')}
      lead={t('chart.zone', { zone })}
    >
      <p>
        <Link to="/devices/firmware" className="target">
          {t('firmware.back')}
        </Link>
      </p>
      <Answered query={query} what={t('firmware.loadRollout')}>
        {(rollout) => (
          <>
            <StateCard rollout={rollout} zone={zone} writes={may(me, 'devices.write')} />
            <GroupsCard rollout={rollout} />
            <UnitsCard rollout={rollout} zone={zone} />
          </>
        )}
      </Answered>
    </DevicesFrame>
  );
}

function StateCard(props: { readonly rollout: Rollout; readonly zone: string; readonly writes: boolean }) {
  const { t } = useTranslation();
  const change = useChange('rollout', 'rollouts');
  const [stopping, setStopping] = useState(false);
  const { rollout, zone } = props;
  const level = stateLevel[rollout.state];
  return (
    <Card title={t('devices.state')}>
      <p>
        <span className={`condition level-${level}`}>
          <LevelIcon level={level} />
          {t(`firmware.states.${rollout.state}`)}
        </span>{' '}
        {rollout.reason && <strong>{rollout.reason}</strong>}
      </p>
      <p className="muted">
        {t('firmware.started')} <TimeText at={rollout.started_at} timeZone={zone} />.{' '}
        {t('firmware.rules', {
          percent: rollout.failure_percent,
          soak: rollout.soak_minutes,
          confirm: rollout.confirm_minutes,
        })}
      </p>
      {props.writes && rollout.state === 'running' && (
        <p className="form-do">
          <button type="button" className="button" onClick={() => setStopping(true)}>
            {t('firmware.stop')}
          </button>
          {rollout.open_groups < rollout.groups && (
            <button
              type="button"
              className="button"
              onClick={() =>
                void change.make(async () => {
                  await request('advanceRollout', { path: { id: rollout.id }, body: {} });
                  return t('firmware.advanced');
                })
              }
            >
              {t('firmware.advance')}
            </button>
          )}
        </p>
      )}
      <Told change={change} />
      {stopping && (
        <AskDialog
          title={t('firmware.stop')}
          text={t('firmware.stopHint')}
          send={t('firmware.stop')}
          reason
          change={change}
          onSend={(reason) =>
            change.make(async () => {
              await request('stopRollout', { path: { id: rollout.id }, body: { reason } });
              return t('firmware.stopped');
            })
          }
          onClose={() => setStopping(false)}
        />
      )}
    </Card>
  );
}

function GroupsCard({ rollout }: { readonly rollout: Rollout }) {
  const { t } = useTranslation();
  return (
    <Card title={t('firmware.progress')}>
      <ul className="rows">
        {progressByGroup(rollout).map((group) => (
          <li key={group.group}>
            <div>
              <strong>{t('firmware.group', { n: group.group })}</strong>{' '}
              {group.open ? t('firmware.open') : t('firmware.notOpen')}
            </div>
            <span>
              {t('firmware.counts', {
                confirmed: group.confirmed,
                busy: group.busy,
                failed: group.failed,
                units: group.units,
              })}
            </span>
            <Bar group={group} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The words beside it say the same. */
function Bar({ group }: { readonly group: GroupProgress }) {
  const share = (n: number): string => `${group.units === 0 ? 0 : (100 * n) / group.units}%`;
  return (
    <div className="share-bar whole-row" aria-hidden="true">
      <span className="good" style={{ width: share(group.confirmed) }} />
      <span className="busy" style={{ width: share(group.busy) }} />
      <span className="bad" style={{ width: share(group.failed) }} />
    </div>
  );
}

function UnitsCard({ rollout, zone }: { readonly rollout: Rollout; readonly zone: string }) {
  const { t } = useTranslation();
  return (
    <Card title={t('devices.units')}>
      <RowsTable
        label={t('devices.units')}
        rows={rollout.progress}
        rowKey={({ btu }) => btu}
        columns={[
          {
            head: t('devices.serial'),
            cell: ({ btu }) => (
              <Link to="/devices/btu/$btu" params={{ btu }} className="target" data-row-link>
                {btu}
              </Link>
            ),
          },
          { head: t('firmware.groupHead'), right: true, cell: ({ group }) => group },
          {
            head: t('firmware.step'),
            cell: ({ step, detail }) => (
              <>
                {t(`devices.steps.${step ?? 'none'}`)}
                {detail && <div className="muted small">{detail}</div>}
              </>
            ),
          },
          { head: t('firmware.at'), cell: ({ at }) => <TimeText at={at} timeZone={zone} /> },
        ]}
      />
    </Card>
  );
}
