import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { peopleQuery } from '../security/queries';

/** Names for ids of people and programs, as far as one may know them; oneself is "you". */
export function usePersonName(): (id: string) => string {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { data: people = [] } = useQuery({ ...peopleQuery, enabled: may(me, 'access.read') });
  return (id) => {
    if (id === me?.id) return t('change.you');
    const person = people.find((one) => one.id === id);
    return person?.name ?? person?.email ?? id;
  };
}
