import i18next from 'i18next';
import { integrationTexts } from './integration-texts';

i18next.addResourceBundle('en', 'portal', integrationTexts, true, true);
