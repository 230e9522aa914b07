import { CompletenessCard } from '../devices/completeness-card';
import { SpreaderFrame } from './frame';

/** Which data of the spreader are here, and what is missing. */
export const DataPage = () => (
  <SpreaderFrame>{({ id, terminal }) => <CompletenessCard spreaderId={id} zone={terminal.time_zone} />}</SpreaderFrame>
);
