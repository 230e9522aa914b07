import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page';

/** A page that failed as a whole, or whose code could not be loaded (a new version was put in place, say). */
export function PageFailed({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('failed.page')} name={t('failed.page')} lead={error instanceof Error ? error.message : undefined} />
      <button type="button" className="button" onClick={() => window.location.reload()}>
        {t('failed.again')}
      </button>
    </>
  );
}
