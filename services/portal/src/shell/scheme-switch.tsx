import { useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { OneOf } from '../parts/choose';

/** Light, dark, or as the system says. */
export function SchemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <OneOf
      label={t('scheme.label')}
      value={colorScheme}
      onChange={setColorScheme}
      options={(['light', 'dark', 'auto'] as const).map((value) => ({ value, label: t(`scheme.${value}`) }))}
    />
  );
}
