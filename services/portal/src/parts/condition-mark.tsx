import { useTranslation } from 'react-i18next';
import type { Level } from '../api/queries';

/** The shape of a level inside a 16 × 16 box: diamond, triangle, ring, struck square, dash. For use inside an svg. */
export function LevelShape({ level }: { readonly level: Level }) {
  switch (level) {
    case 'act_now':
      return <path d="M8 1 15 8 8 15 1 8Z" fill="currentColor" />;
    case 'plan':
      return <path d="M8 1.5 15.5 14.5H.5Z" fill="currentColor" />;
    case 'watch':
      return <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="2.6" />;
    case 'no_data':
      return (
        <g fill="none" stroke="currentColor" strokeWidth="1.7">
          <rect x="2.5" y="2.5" width="11" height="11" />
          <path d="M2.5 13.5 13.5 2.5" />
        </g>
      );
    case 'ok':
      return <path d="M3 8H13" stroke="currentColor" strokeWidth="2.2" fill="none" />;
  }
}

/** A level's shape alone, 14 px; the word must stand beside it. */
export const LevelIcon = ({ level }: { readonly level: Level }) => (
  <svg className={`shape level-${level}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
    <LevelShape level={level} />
  </svg>
);

/** A level: shape, word and colour, always the three together. */
export function ConditionMark({ level }: { readonly level: Level }) {
  const { t } = useTranslation();
  return (
    <span className={`condition level-${level}`}>
      <LevelIcon level={level} />
      {t(`condition.${level}`)}
    </span>
  );
}
