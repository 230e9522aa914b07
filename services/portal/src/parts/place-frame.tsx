import '../change/change.css';
import '../i18n/load-change-texts';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { StepUpAsk } from '../change/step-up-ask';
import { PageHead } from './page';

/** A page of a place, as its row of links shows it. */
export interface SubPlace {
  readonly to: NonNullable<LinkProps['to']>;
  readonly params?: Record<string, string>;
  readonly label: string;
}

/** What stands around every page of a place that has several: head, links to the others, and the question for a fresh sign-in. */
export function PlaceFrame(props: {
  readonly place: string;
  readonly name: string;
  /** Where the name alone would not do: what stands as the heading. */
  readonly title?: ReactNode;
  readonly lead?: ReactNode;
  readonly places: readonly SubPlace[];
  /** What can be done with the whole page, beside its head. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={props.title ?? props.name} name={`${props.name}, ${props.place}`} lead={props.lead}>
        {props.tools}
      </PageHead>
      <nav className="sub-places no-print" aria-label={t('change.places', { place: props.place })}>
        {props.places.map(({ to, params, label }) => (
          <Link
            key={label}
            to={to}
            {...(params ? { params } : {})}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            {label}
          </Link>
        ))}
      </nav>
      {props.children}
      <StepUpAsk />
    </>
  );
}
