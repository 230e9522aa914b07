import {
  changeDefaults,
  committeeDefaults,
  courseDefaults,
  levelDefaults,
  surpriseDefaults,
} from '../detect/detect-defaults';
import type { WatchedFeature, WatchSettings } from './watch-settings';

// As in defaults.ts: starting values to be edited for a model or a site.
const minute = 60_000;
const day = 86_400_000;

const share = (feature: string, least: number, ...on: WatchedFeature['on']): WatchedFeature => ({
  feature,
  on,
  least: { share: least },
});
const unit = (feature: string, least: number, ...on: WatchedFeature['on']): WatchedFeature => ({
  feature,
  on,
  least: { unit: least },
});

/** How components are watched until a site edits it. */
export const watchDefaults: WatchSettings = {
  groups: [
    {
      component: 'TL[n]',
      positions: 8,
      rows: 'move',
      features: [
        share('tl[n].lockRatio', 0.15),
        share('tl[n].unlockRatio', 0.15),
        unit('lp[n].lag', 250),
        share('tl[n].load', 0.15, 'load', 'mode'),
      ],
      explainedBy: ['TL', 'LP', 'HYD', 'BLK', 'LOD', 'STR', 'OPS', 'BTU', 'ELE'],
    },
    {
      component: 'TL',
      rows: 'move',
      features: [share('tl.lockTime', 0.15, 'oilTemp'), unit('tl.spread', 250, 'oilTemp'), unit('lp.skew', 500)],
      explainedBy: ['LP', 'HYD', 'BLK', 'OPS', 'BTU', 'ELE'],
    },
    {
      component: 'TEL',
      rows: 'move',
      features: [
        share('tele.time', 0.12, 'oilTemp', 'mode'),
        share('tele.current', 0.15, 'oilTemp', 'mode'),
        unit('tele.drift', 2.5, 'mode'),
        unit('len.overshoot', 4, 'mode'),
        unit('len.error', 3, 'mode'),
      ],
      explainedBy: ['STR', 'HYD', 'TWN', 'OPS', 'BTU', 'ELE'],
    },
    {
      component: 'FLP[n]',
      positions: 6,
      rows: 'move',
      features: [share('flp[n].time', 0.25, 'oilTemp')],
      explainedBy: ['FLP', 'HYD', 'OPS', 'BTU', 'ELE'],
    },
    {
      component: 'LOD',
      rows: 'move',
      features: [
        unit('load.zero', 0.3),
        unit('load.ecc.L', 4, 'load', 'mode'),
        unit('load.ecc.W', 4, 'load', 'mode'),
        share('load.dyn', 0.12, 'load'),
        unit('load.biasL', 4, 'mode'),
        unit('load.biasW', 4, 'mode'),
      ],
      explainedBy: ['TL', 'STR', 'TWN', 'OPS', 'BTU', 'ELE'],
    },
    {
      component: 'ELD[n]',
      positions: 2,
      rows: 'move',
      features: [share('eld[n].current', 0.15)],
      explainedBy: ['ELD', 'TEL', 'STR', 'BTU', 'ELE'],
    },
    {
      component: 'HYD',
      rows: 'window',
      features: [
        { ...share('hyd.press', 0.06, 'oilTemp'), within: [50, 400] },
        unit('hyd.pressIdle', 8, 'oilTemp'),
        { ...share('pump.current', 0.15, 'oilTemp'), within: [5, 400] },
        share('vib.rms', 0.5),
        unit('hyd.oilTemp', 8, 'ambient'),
      ],
      explainedBy: ['OPS', 'BTU', 'ELE', 'TL'],
    },
    {
      component: 'ELE',
      rows: 'window',
      features: [
        unit('sup.24v', 1),
        share('sup.volt', 0.05),
        unit('cab.temp', 8, 'ambient'),
        unit('cab.hum', 12, 'ambient'),
      ],
      explainedBy: ['BTU', 'ELD'],
    },
  ],
  window: 10 * minute,
  minSamples: 3,
  learn: 60,
  hold: 2000,
  drift: { weight: 0.05, allowance: 0.5, decision: 10, cut: 6, suspicious: 0.4 },
  sudden: { level: 4, from: 2, probability: 1e-6 },
  jointLearn: 100,
  joint: { ...levelDefaults, settle: 20 },
  patience: { unknown: 40, known: 400 },
  budget: { cases: 1, per: 30 * day },
  asset: { learn: 400, signals: 24, level: committeeDefaults, change: changeDefaults, rows: 3 },
  course: { least: 16, points: 60, learn: 25, group: 5, signals: 8, patience: 10, calm: 10, detector: courseDefaults },
  surprise: { signals: 4, lasts: 300, detector: surpriseDefaults(750) },
};
