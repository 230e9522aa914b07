import i18next from 'i18next';
import { coverageTexts } from './coverage-texts';

i18next.addResourceBundle('en', 'portal', coverageTexts, true, true);
