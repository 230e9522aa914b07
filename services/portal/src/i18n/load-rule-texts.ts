import i18next from 'i18next';
import { ruleTexts } from './rule-texts';

i18next.addResourceBundle('en', 'portal', ruleTexts, true, true);
