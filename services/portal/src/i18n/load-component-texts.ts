import i18next from 'i18next';
import { componentTexts } from './component-texts';

i18next.addResourceBundle('en', 'portal', componentTexts, true, true);
