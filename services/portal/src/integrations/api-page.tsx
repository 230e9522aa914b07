import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { Card } from '../parts/card';
import { IntegrationsFrame } from './frame';

/** The way to the API: its reference, its documents, and programs that may use it. */
export function ApiPage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { origin } = window.location;
  return (
    <IntegrationsFrame name={t('integrations.api')} lead={t('apiPage.lead')}>
      <Card title={t('apiPage.documents')}>
        <ul className="plain-list">
          <li>
            <a href="/v1/reference" className="target">
              {t('apiPage.reference')}
            </a>
          </li>
          <li>
            <a href="/v1/openapi.json" className="target">
              {t('apiPage.openapi')}
            </a>
          </li>
        </ul>
      </Card>
      <Card title={t('apiPage.first')}>
        <ol className="steps">
          <li>
            {may(me, 'access.read') ? (
              <Link to="/security/programs" className="target">
                {t('apiPage.register')}
              </Link>
            ) : (
              t('apiPage.registerAsk')
            )}
          </li>
          <li>
            {t('apiPage.token')}
            <pre className="raw scroll" tabIndex={0} role="group" aria-label={t('apiPage.token')}>
              {`curl -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials ${origin}/oidc/token`}
            </pre>
          </li>
          <li>
            {t('apiPage.call')}
            <pre className="raw scroll" tabIndex={0} role="group" aria-label={t('apiPage.call')}>
              {`curl -H "Authorization: Bearer $TOKEN" ${origin}/v1/attention`}
            </pre>
          </li>
        </ol>
      </Card>
    </IntegrationsFrame>
  );
}
