import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import type { adviceTexts } from './advice-texts';
import type { kpiTexts } from './kpi-texts';
import type { alarmTexts } from './alarm-texts';
import type { shortcutTexts } from './shortcut-texts';
import type { attentionTexts } from './attention-texts';
import type { changeTexts } from './change-texts';
import type { componentTexts } from './component-texts';
import type { coverageTexts } from './coverage-texts';
import type { deviceTexts } from './device-texts';
import type { integrationTexts } from './integration-texts';
import type { replayTexts } from './replay-texts';
import type { ruleTexts } from './rule-texts';
import type { securityTexts } from './security-texts';

/** All texts; those beside `en` are loaded with the pages that show them. */
type Texts = typeof en &
  typeof attentionTexts &
  typeof shortcutTexts &
  typeof alarmTexts &
  typeof kpiTexts &
  typeof adviceTexts &
  typeof changeTexts &
  typeof componentTexts &
  typeof coverageTexts &
  typeof deviceTexts &
  typeof integrationTexts &
  typeof replayTexts &
  typeof ruleTexts &
  typeof securityTexts;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'portal';
    resources: { portal: Texts };
  }
}

/** Starts the texts; English is the only language so far. */
export const startTexts = (): void => {
  void i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'portal',
    ns: ['portal'],
    resources: { en: { portal: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
    initAsync: false,
  });
};
