import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import type { securityTexts } from './security-texts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'portal';
    resources: { portal: typeof en & typeof securityTexts };
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
