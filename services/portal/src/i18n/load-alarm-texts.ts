import i18next from 'i18next';
import { alarmTexts } from './alarm-texts';

i18next.addResourceBundle('en', 'portal', alarmTexts, true, true);
