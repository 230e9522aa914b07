import { useQuery } from '@tanstack/react-query';
import { terminalsQuery } from '../api/queries';
import { listZone } from './list-zone';

/** The time zone of a list that is not of one terminal: the terminals' own when they share one, else the reader's. */
export function useListZone(): string {
  const { data: terminals = [] } = useQuery(terminalsQuery);
  return listZone(terminals, undefined);
}
