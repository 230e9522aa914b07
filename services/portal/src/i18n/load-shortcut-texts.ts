import i18next from 'i18next';
import { shortcutTexts } from './shortcut-texts';

i18next.addResourceBundle('en', 'portal', shortcutTexts, true, true);
