import { findSignal, type Evidence } from '@quaywatch/contracts';
import type { Verdict } from '../rules/rule';
import { unitWords } from '../rules/weigh';
import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import { specOf } from '../tracks/track-book';
import { changeLimit } from './channel';
import { leading, offRelation, type Leading, type Watched } from './group';
import { covers, explains, familyOf, watchBook } from './watch-book';
import { significant } from '../robust/significant';

/** What the watch says of one component, and why a case of it ended. */
export interface WatchVerdict extends Verdict {
  readonly inputs: readonly string[];
  readonly reason?: string;
}

/** Rows in order after which a case of a group ends. */
const calm = 10;

/**
 * Cases for what no rule explains, at most one for a component: a group that stays out for long, by a change that
 * matters, where no finding of a rule explains it, and within the alarm budget. A case is given up when a rule's finding
 * comes to explain it. One verdict for each group with a case, or whose case just ended. Changes `state`.
 */
export function judgeWatch(all: ConditionSettings, state: SpreaderState, at: number): WatchVerdict[] {
  const { watch: settings } = all;
  const watch = state.watch;
  if (!watch) return [];
  const verdicts: WatchVerdict[] = [];
  const open = Object.entries(state.modes)
    .filter(([, mode]) => mode.open && mode.failureMode !== 'FM-GEN')
    .map(([, { component }]) => component);
  for (const group of watchBook(settings).all) {
    const own = watch.groups[group.component];
    if (!own || (own.outRows === 0 && !own.case)) continue;
    const explained = open.some((component) => explains(group, component));
    const leads = leading(settings, group, own);
    if (explained) own.outRows = 0;
    if (own.case && (explained || own.okRows >= calm)) {
      own.case = false;
      verdicts.push({ ...nothing(group), ...(explained ? { reason: 'A known failure mode explains it.' } : {}) });
      continue;
    }
    if (!own.case) {
      const lead = leads[0];
      if (!lead || explained) continue;
      const known = specOf(all, lead.feature.feature) !== undefined;
      if (own.outRows < (known ? settings.patience.known : settings.patience.unknown)) continue;
      watch.opened = watch.opened.filter((time) => time > at - settings.budget.per);
      if (watch.opened.length >= settings.budget.cases) continue;
      watch.opened.push(at);
      own.case = true;
    }
    verdicts.push(verdictOf(all, group, own.outSince ?? at, leads, offRelation(settings, own)));
  }
  return verdicts;
}

/** Evidence that the watch adds to a rule's verdict about the same component: what is out there and not said yet. */
export function supporting(all: ConditionSettings, state: SpreaderState, { component, evidence }: Verdict): Evidence[] {
  const { watch: settings } = all;
  const { watch } = state;
  if (!watch) return [];
  const said = new Set(evidence.map(({ signal }) => signal));
  const more: Evidence[] = [];
  for (const group of watchBook(settings).all) {
    const own = watch.groups[group.component];
    if (!own?.joint?.out || !(covers(group.component, component) || covers(component, group.component))) continue;
    const leads = leading(settings, group, own).slice(0, 2);
    const unsaid = leads.filter(({ feature }) => !said.has(feature.feature));
    if (unsaid.length === 0) continue;
    const off = offRelation(settings, own);
    more.push(...unsaid.map((lead) => evidenceOf(all, lead, own.at, off)));
  }
  return more.slice(0, 2);
}

const nothing = (group: Watched): WatchVerdict => ({
  component: group.component,
  step: 0,
  severity: 0,
  confidence: 0,
  since: null,
  evidence: [],
  inputs: group.features.map(({ feature }) => feature),
});

function verdictOf(
  settings: ConditionSettings,
  group: Watched,
  since: number,
  leads: readonly Leading[],
  off: number | null,
): WatchVerdict {
  const most = Math.max(1, ...leads.map(({ importance }) => importance));
  const votes =
    leads.filter(({ channel }) => channel.drift.out).length + leads.filter(({ channel }) => channel.tail.out).length;
  return {
    ...nothing(group),
    step: most >= 2.5 ? 2 : 1,
    severity: Math.min(2.9, most >= 2.5 ? 2 + (most - 2.5) / 5 : 1 + (most - 1) / 1.5),
    confidence: Math.min(0.85, Math.round((0.45 + 0.1 * votes) * 100) / 100),
    since,
    evidence: leads.slice(0, 5).map((lead) => evidenceOf(settings, lead, lead.channel.since ?? since, off)),
  };
}

const short = (value: number): number => significant(value, 4);

function evidenceOf(
  settings: ConditionSettings,
  { feature, channel, share }: Leading,
  at: number,
  off: number | null,
): Evidence {
  const from = channel.since ?? at;
  const name = feature.feature;
  const signal = findSignal(familyOf(name));
  const track = specOf(settings, name);
  const unit = signal?.unit ?? track?.unit ?? '1';
  const [now, expected] = [channel.value, channel.expected].map((value) => `${short(value)}${unitWords(unit)}`);
  const called = track?.words ?? signal?.doc;
  const how =
    channel.tail.out && channel.drift.out
      ? 'changed suddenly and stays'
      : channel.tail.out
        ? 'changed suddenly'
        : 'drifts';
  const given = feature.on.length > 0 ? ` at this ${feature.on.map((on) => words[on]).join(', ')}` : '';
  return {
    signal: name,
    unit,
    value: short(channel.value),
    baseline: short(channel.expected),
    limit: short(changeLimit(settings.watch, channel)),
    from: Math.min(from, at),
    to: Math.max(from, at),
    count: channel.judged,
    text: `${called === undefined ? name : `${upper(called)} (${name})`} ${how}: ${now}, expected ${expected}${given}; ${Math.round(100 * share)} % of what is unusual in this component${relationOf(off)}`,
  };
}

/** Whether T² or Q speaks, in words. */
const relationOf = (off: number | null): string =>
  off === null
    ? ''
    : `, ${off >= 0.5 ? 'whose signals left their usual relation' : 'whose signals keep their usual relation'} (Q ${Math.round(100 * off)} %)`;

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const words = { load: 'load', oilTemp: 'oil temperature', ambient: 'ambient temperature', mode: 'length' } as const;
