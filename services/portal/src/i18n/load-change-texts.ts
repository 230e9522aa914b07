import i18next from 'i18next';
import { changeTexts } from './change-texts';

i18next.addResourceBundle('en', 'portal', changeTexts, true, true);
