import i18next from 'i18next';
import { securityTexts } from './security-texts';

i18next.addResourceBundle('en', 'portal', securityTexts, true, true);
