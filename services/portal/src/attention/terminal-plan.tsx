import { useNavigate } from '@tanstack/react-router';
import { useMemo, type MouseEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Crane, Level, Spreader } from '../api/queries';
import { LevelShape } from '../parts/condition-mark';
import { shownCondition } from '../parts/condition';
import { useNow } from '../time/clock';
import { planLayout, type PlanItem } from './plan-layout';

const isCalm = (level: Level): boolean => level === 'ok';

/** A terminal as a diagram: quay with cranes, yard blocks, spare spreaders. Every spreader is a link. */
export function TerminalPlan(props: {
  readonly name: string;
  readonly width: number;
  readonly cranes: readonly Crane[];
  readonly spreaders: readonly Spreader[];
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { cranes, spreaders, width } = props;
  const plan = useMemo(() => planLayout(cranes, spreaders, width), [cranes, spreaders, width]);

  if (cranes.length === 0 && spreaders.length === 0) return <p className="note">{t('plan.empty')}</p>;

  const open = (event: MouseEvent<SVGElement>): void => {
    const number = (event.target as Element).closest('a')?.dataset.number;
    if (number === undefined || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    void navigate({ to: '/spreaders/$number', params: { number } });
  };

  return (
    <svg
      className="terminal-plan"
      viewBox={`0 0 ${plan.width} ${plan.height}`}
      width={plan.width}
      height={plan.height}
      role="group"
      aria-label={t('plan.label', { terminal: props.name })}
      onClick={open}
    >
      {plan.quayY.map((y) => (
        <g key={y} aria-hidden="true">
          <rect className="water" x="0" y={y - 58} width={plan.width} height="58" />
          <path
            className="ship"
            d={`M${plan.width * 0.1} ${y - 46}H${plan.width * 0.58}l${plan.width * 0.07} 17l-${plan.width * 0.07} 17H${plan.width * 0.1}Z`}
          />
          <path className="quay-edge" d={`M0 ${y}H${plan.width}`} />
        </g>
      ))}
      {plan.blocks.map((block) => (
        <g key={`${block.x} ${block.y}`} aria-hidden="true">
          <rect className="block" x={block.x} y={block.y} width={block.width} height="84" rx="2" />
          {[12, 28, 44, 60].map((dy) => (
            <rect key={dy} className="stack" x={block.x + 4} y={block.y + dy} width={block.width - 8} height="9" />
          ))}
        </g>
      ))}
      {plan.quay.map((item) => (
        <Item key={item.id} item={item} shapeY={item.y + 36} hit={[item.x - 12, item.y - 14, 24, 62]}>
          <path className="crane" d={`M${item.x} ${item.y - 14}V${item.y + 16}M${item.x - 8} ${item.y + 12}H${item.x + 8}M${item.x - 6} ${item.y + 4}V${item.y + 24}M${item.x + 6} ${item.y + 4}V${item.y + 24}`} />
        </Item>
      ))}
      {plan.yard.map((item) => (
        <Item key={item.id} item={item} shapeY={item.y + 42} hit={[item.x - 12, item.y, 24, 84]}>
          <rect className="crane" x={item.x - 6.5} y={item.y + 3} width="13" height="78" />
        </Item>
      ))}
      {plan.spare.length > 0 && (
        <text className="plan-text" x="8" y={(plan.spare[0]?.y ?? 0) - 20}>
          {t('plan.spare')}
        </text>
      )}
      {plan.spare.map((item) => (
        <Item key={item.id} item={item} shapeY={item.y} hit={[item.x - 12, item.y - 12, 24, 24]}>
          <rect className="crane" x={item.x - 11} y={item.y - 11} width="22" height="22" rx="3" />
        </Item>
      ))}
    </svg>
  );
}

function Item(props: {
  readonly item: PlanItem;
  readonly shapeY: number;
  readonly hit: readonly [number, number, number, number];
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const now = useNow(30);
  const { item, shapeY } = props;
  const { spreader } = item;
  if (!spreader) {
    return (
      <g className="plan-item bare">
        <title>{t('plan.bare', { crane: item.name })}</title>
        {props.children}
      </g>
    );
  }
  const level = shownCondition(spreader, now);
  const name = t('plan.item', { crane: item.name, spreader: spreader.number, condition: t(`condition.${level}`) });
  const [x, y, width, height] = props.hit;
  return (
    <a
      href={`/spreaders/${encodeURIComponent(spreader.number)}`}
      data-number={spreader.number}
      className={`plan-item level-${level}${isCalm(level) ? ' calm' : ''}`}
      aria-label={name}
    >
      <title>{name}</title>
      <rect className="hit" x={x} y={y} width={width} height={height} />
      {props.children}
      {!isCalm(level) && (
        <svg x={item.x - 7} y={shapeY - 7} width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
          <circle className="shape-ground" cx="8" cy="8" r="8" />
          <LevelShape level={level} />
        </svg>
      )}
    </a>
  );
}
