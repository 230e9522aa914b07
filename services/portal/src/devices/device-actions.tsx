import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { Told } from '../change/fields';
import { useChange } from '../change/use-change';
import type { Device } from './queries';

/** What can be done with a unit in each state. */
const possible = {
  active: ['quarantine', 'revoke'],
  pending: ['approve', 'reject'],
  quarantined: ['release', 'revoke'],
  rejected: ['approve'],
  revoked: [],
} as const satisfies Readonly<Record<Device['state'], readonly string[]>>;

const operations = {
  quarantine: 'quarantineDevice',
  release: 'releaseDevice',
  approve: 'approveDevice',
  reject: 'rejectDevice',
  revoke: 'revokeDevice',
} as const;

type Action = keyof typeof operations;

/** The buttons of a unit; each asks for a reason. */
export function DeviceActions({ device }: { readonly device: Pick<Device, 'btu' | 'state'> }) {
  const { t } = useTranslation();
  const change = useChange('devices', 'device');
  const [asked, setAsked] = useState<Action | null>(null);
  const { btu } = device;
  return (
    <>
      <p className="form-do">
        {possible[device.state].map((action) => (
          <button
            key={action}
            type="button"
            className="button"
            aria-label={t(`devices.${action}Label`, { btu })}
            onClick={() => setAsked(action)}
          >
            {t(`devices.${action}`)}
          </button>
        ))}
      </p>
      <Told change={change} />
      {asked && (
        <AskDialog
          title={t(`devices.${asked}Label`, { btu })}
          text={t(`devices.${asked}Hint`)}
          send={t(`devices.${asked}`)}
          reason
          change={change}
          onSend={(reason) =>
            change.make(async () => {
              await request(operations[asked], { path: { id: btu }, body: { reason } });
              return t(`devices.${asked}Done`, { btu });
            })
          }
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}
