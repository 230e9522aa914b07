import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { terminalsQuery } from '../api/queries';
import { serverNow } from '../time/clock';
import { ownTimeZone, timeWords } from '../time/format-time';
import { ownRolesQuery, type Grant } from './queries';

/** Words for roles and for where they hold. */
export interface RoleWords {
  name(role: string): string;
  grant(grant: Grant): string;
}

/** The words of the current language; a terminal that one may not see is called by its id. */
export function useRoleWords(): RoleWords {
  const { t } = useTranslation();
  const { data: terminals = [] } = useQuery(terminalsQuery);
  const { data: own = [] } = useQuery(ownRolesQuery);
  const any = t as (key: string, values: Record<string, unknown>) => string;
  const name = (role: string): string =>
    any(`role.${role}`, { defaultValue: own.find(({ id }) => id === role)?.name ?? role });
  return {
    name,
    grant: ({ role, scope, until }) => {
      const where =
        scope === 'organisation'
          ? t('security.whole', { role: name(role) })
          : t('security.at', {
              role: name(role),
              terminals: scope.terminals.map((id) => terminals.find((one) => one.id === id)?.name ?? id).join(', '),
            });
      if (until === undefined) return where;
      return t('security.until', {
        role: where,
        time: timeWords(ownTimeZone()).dateTime(Date.parse(until), serverNow()),
      });
    },
  };
}
