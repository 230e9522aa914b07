import { useTranslation } from 'react-i18next';
import { SecurityFrame } from './frame';
import { Card } from '../parts/card';
import { builtInRoles } from './role-fields';
import { useRoleWords } from './use-role-words';

/** What each role may do. */
export function RolesPage() {
  const { t } = useTranslation();
  const words = useRoleWords();
  return (
    <SecurityFrame name={t('security.roles')} lead={t('roles.lead')}>
      <Card title={t('roles.builtIn')}>
        <ul className="rows">
          {builtInRoles.map((role) => (
            <li key={role}>
              <strong>{words.name(role)}</strong>
            </li>
          ))}
        </ul>
      </Card>
    </SecurityFrame>
  );
}
