import i18next from 'i18next';
import { attentionTexts } from './attention-texts';

i18next.addResourceBundle('en', 'portal', attentionTexts, true, true);
