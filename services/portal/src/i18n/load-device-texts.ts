import i18next from 'i18next';
import { deviceTexts } from './device-texts';

i18next.addResourceBundle('en', 'portal', deviceTexts, true, true);
