import '../i18n/load-kpi-texts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../api/request';
import { Answered } from '../parts/answered';
import { Blanks } from '../parts/blanks';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { PageHead } from '../parts/page';
import { countText, numberText, quantityText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TerminalSelect } from '../parts/terminal-select';
import { kpiCuts, kpiDays, type KpisSearch } from '../router';
import { PrecisionCard } from './precision-card';
import { kpisQuery } from './queries';
import { StopsCard } from './stops-card';

type Figures = Answer<'getKpis'>;
type Kpi = Figures['groups'][number]['kpis'][number];

/** Figures of the fleet, each with its band, sample size and definition. */
export function KpisPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/kpis' });
  const navigate = useNavigate({ from: '/kpis' });
  const query = useQuery(kpisQuery(search));
  const go = (change: KpisSearch): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <>
      <PageHead title={t('kpis.title')} name={t('kpis.title')} lead={t('kpis.lead')}>
        <Choose
          label={t('kpis.by')}
          value={search.by ?? 'fleet'}
          onChange={(value) => go({ by: kpiCuts.find((one) => one === value) })}
          options={kpiCuts.map((value) => ({ value, label: t(`kpis.cut.${value}`) }))}
        />
        <Choose
          label={t('kpis.days')}
          value={search.days ?? '30'}
          onChange={(value) => go({ days: kpiDays.find((one) => one === value) })}
          options={kpiDays.map((value) => ({ value, label: t('kpis.lastDays', { n: value }) }))}
        />
        <Choose
          label={t('kpis.stop')}
          value={search.stop ?? '5'}
          onChange={(stop) => go({ stop })}
          options={['0', '3', '5', '15', '30'].map((value) => ({ value, label: t('kpis.minutes', { n: value }) }))}
        />
        <TerminalSelect value={search.terminal} onChange={(terminal) => go({ terminal })} />
      </PageHead>
      <Answered
        query={query}
        what={t('what.kpis')}
        blank={
          <Card title={t(`kpis.cut.${search.by ?? 'fleet'}`)}>
            <Blanks rows={12} />
          </Card>
        }
      >
        {(figures) =>
          figures.groups.length === 0 ? (
            <p>{t('kpis.none')}</p>
          ) : (
            figures.groups.map((group) => (
              <Card key={group.key} title={group.name || t('kpis.cut.fleet')}>
                <Group figures={figures} kpis={group.kpis} name={group.name || t('kpis.cut.fleet')} />
              </Card>
            ))
          )
        }
      </Answered>
      <PrecisionCard search={search} />
      <StopsCard search={search} />
    </>
  );
}

function Group(props: { readonly figures: Figures; readonly kpis: readonly Kpi[]; readonly name: string }) {
  const { t } = useTranslation();
  const { definitions } = props.figures;
  return (
    <RowsTable<Kpi>
      label={t('kpis.table', { name: props.name })}
      rows={props.kpis}
      rowKey={({ id }) => id}
      columns={[
        { head: t('kpis.figure'), cell: (kpi) => <Figure kpi={kpi} definition={definitions[kpi.id]} /> },
        { head: t('kpis.value'), cell: (kpi) => <Value kpi={kpi} /> },
        {
          head: t('kpis.band'),
          cell: ({ value, low, high, unit }) =>
            value !== null && low !== null && high !== null
              ? `${quantityText(low, unit)} – ${quantityText(high, unit)}`
              : '–',
        },
        {
          head: t('kpis.sample'),
          cell: ({ n, of }) =>
            of === null ? countText(n) : t('kpis.sampleOf', { n: countText(n), of: countText(of) }),
        },
      ]}
    />
  );
}

function Value({ kpi: { value, low, unit, n, of } }: { readonly kpi: Kpi }) {
  const { t } = useTranslation();
  const scarce = of !== null && n < 0.9 * of;
  return (
    <span className={scarce ? 'muted' : undefined}>
      {value !== null
        ? quantityText(value, unit)
        : low !== null
          ? t('kpis.moreThan', { low: quantityText(low, unit) })
          : t('kpis.unknown')}
    </span>
  );
}

function Figure({
  kpi,
  definition,
}: {
  readonly kpi: Kpi;
  readonly definition: Figures['definitions'][string] | undefined;
}) {
  const { t } = useTranslation();
  const parts = Object.entries(kpi.parts).filter(([, part]) => part !== null);
  return (
    <>
      {definition?.name ?? kpi.id}
      {definition && (
        <details>
          <summary className="small">{t('kpis.how')}</summary>
          <p className="small">{definition.definition}</p>
          <p className="small">{definition.counting}</p>
          {parts.length > 0 && (
            <p className="small">{parts.map(([name, part]) => `${name}: ${numberText(part ?? 0)}`).join(' · ')}</p>
          )}
        </details>
      )}
    </>
  );
}
