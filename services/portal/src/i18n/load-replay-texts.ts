import i18next from 'i18next';
import { replayTexts } from './replay-texts';

i18next.addResourceBundle('en', 'portal', replayTexts, true, true);
