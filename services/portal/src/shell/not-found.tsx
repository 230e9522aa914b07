import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page';

/** An address that is none of ours. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('failed.notFoundTitle')} name={t('failed.notFoundTitle')} lead={t('failed.notFound')} />
      <p>
        <Link to="/">{t('failed.toAttention')}</Link>
      </p>
    </>
  );
}
