import i18next from 'i18next';
import { adviceTexts } from './advice-texts';

i18next.addResourceBundle('en', 'portal', adviceTexts, true, true);
