import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { ChangeForm, TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { toCsv } from '../fleet/csv';
import { saveFile } from '../fleet/save-file';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { serverNow } from '../time/clock';
import { ownTimeZone } from '../time/format-time';
import { toZonedInput } from '../time/zoned-input';
import { SecurityFrame } from './frame';
import { reviewsQuery, type Review } from './queries';
import { useRoleWords } from './use-role-words';

type Item = Review['items'][number];

/** Reviews of who holds what: everything is kept or taken away by a person, with the evidence for an auditor. */
export function ReviewsPage() {
  const { t } = useTranslation();
  const query = useQuery(reviewsQuery);
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'access.write');
  return (
    <SecurityFrame name={t('security.reviews')} lead={t('reviews.lead')}>
      <Answered query={query} what={t('reviews.load')}>
        {(reviews) => (
          <>
            {reviews.length === 0 && <p className="note">{t('reviews.none')}</p>}
            {writes && reviews.every(({ closed_at: closed }) => closed !== null) && <OpenCard />}
            {reviews.map((review) => (
              <ReviewCard key={review.id} review={review} writes={writes} />
            ))}
          </>
        )}
      </Answered>
    </SecurityFrame>
  );
}

function OpenCard() {
  const { t } = useTranslation();
  const change = useChange('reviews');
  const [due, setDue] = useState(() => toZonedInput(serverNow() + 14 * 86_400_000, ownTimeZone()).slice(0, 10));
  const send = (): void =>
    void change.make(async () => {
      await request('openReview', { body: { due_at: new Date(`${due}T23:59:00`).toISOString() } });
      return t('reviews.opened');
    });
  return (
    <Card title={t('reviews.open')}>
      <p className="note">{t('reviews.openHint')}</p>
      <ChangeForm change={change} send={t('reviews.openDo')} onSend={send}>
        <TextField label={t('reviews.due')} type="date" value={due} onChange={setDue} />
      </ChangeForm>
    </Card>
  );
}

function ReviewCard({ review, writes }: { readonly review: Review; readonly writes: boolean }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const nameOf = usePersonName();
  const words = useRoleWords();
  const zone = ownTimeZone();
  const change = useChange('reviews', 'people', 'person');
  const open = review.closed_at === null;
  const left = review.items.filter(({ outcome }) => outcome === null).length;
  const decide = (item: Item, outcome: 'keep' | 'revoke'): void =>
    void change.make(async () => {
      const path = { id: review.id, item: item.id };
      await request('decideReviewItem', { path, body: { outcome, reason: '' } });
      return t(`reviews.${outcome}Done`, { role: words.grant(item), name: nameOf(item.user) });
    });
  const evidence = (): void =>
    saveFile(
      `access-review-${review.id}.csv`,
      'text/csv',
      toCsv(
        ['person_id', 'person', 'role', 'scope', 'outcome', 'decided_by', 'decided_at', 'reason'],
        review.items.map((item) => [
          item.user,
          nameOf(item.user),
          item.role,
          item.scope === 'organisation' ? 'organisation' : item.scope.terminals.join(' '),
          item.outcome,
          item.decided_by,
          item.decided_at,
          item.reason,
        ]),
      ),
    );
  return (
    <Card
      title={
        <>
          {open ? t('reviews.running') : t('reviews.past')} <TimeText at={review.opened_at} timeZone={zone} />
        </>
      }
      aside={
        <button type="button" className="button" onClick={evidence}>
          {t('reviews.evidence')}
        </button>
      }
    >
      <p>
        {open ? (
          <>
            <strong>{t('reviews.left', { count: left, all: review.items.length })}</strong> {t('reviews.dueAt')}{' '}
            <TimeText at={review.due_at} timeZone={zone} />.
          </>
        ) : (
          <>
            {t('reviews.closed')} <TimeText at={review.closed_at} timeZone={zone} />.{' '}
            {t('reviews.sum', {
              kept: review.items.filter(({ outcome }) => outcome === 'keep').length,
              revoked: review.items.filter(({ outcome }) => outcome === 'revoke').length,
            })}
          </>
        )}
      </p>
      <RowsTable
        label={t('reviews.items')}
        rows={review.items}
        rowKey={({ id }) => id}
        columns={[
          { head: t('people.name'), cell: ({ user }) => nameOf(user) },
          { head: t('people.roles'), cell: (item) => words.grant(item) },
          {
            head: t('reviews.outcome'),
            cell: (item) =>
              item.outcome !== null || !open ? (
                <>
                  {item.outcome === null ? t('reviews.undecided') : t(`reviews.was.${item.outcome}`)}
                  {item.decided_by && (
                    <div className="muted small">
                      {nameOf(item.decided_by)}, <TimeText at={item.decided_at} timeZone={zone} />
                    </div>
                  )}
                </>
              ) : !writes || item.user === me?.id ? (
                <span className="muted">{item.user === me?.id ? t('reviews.own') : t('reviews.undecided')}</span>
              ) : (
                <div className="form-do">
                  {(['keep', 'revoke'] as const).map((outcome) => (
                    <button
                      key={outcome}
                      type="button"
                      className="button"
                      aria-label={t(`reviews.${outcome}Label`, {
                        role: words.grant(item),
                        name: nameOf(item.user),
                      })}
                      onClick={() => decide(item, outcome)}
                    >
                      {t(`reviews.${outcome}`)}
                    </button>
                  ))}
                </div>
              ),
          },
        ]}
      />
      {writes && open && left === 0 && (
        <button
          type="button"
          className="button primary"
          onClick={() =>
            void change.make(async () => {
              await request('closeReview', { path: { id: review.id } });
              return t('reviews.isClosed');
            })
          }
        >
          {t('reviews.close')}
        </button>
      )}
      <Told change={change} />
    </Card>
  );
}
