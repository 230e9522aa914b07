import i18next from 'i18next';
import { kpiTexts } from './kpi-texts';

i18next.addResourceBundle('en', 'portal', kpiTexts, true, true);
