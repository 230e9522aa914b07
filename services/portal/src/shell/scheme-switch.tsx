import { useTranslation } from 'react-i18next';
import { OneOf } from '../parts/choose';
import { chooseColorScheme, colorSchemes, useChosenColorScheme } from './color-scheme';

/** Light, dark, or as the system says. */
export function SchemeSwitch() {
  const { t } = useTranslation();
  const chosen = useChosenColorScheme();
  return (
    <OneOf
      label={t('scheme.label')}
      value={chosen}
      onChange={chooseColorScheme}
      options={colorSchemes.map((value) => ({ value, label: t(`scheme.${value}`) }))}
    />
  );
}
