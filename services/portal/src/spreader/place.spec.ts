import { describe, expect, it } from '@jest/globals';
import { failureModes } from '@quaywatch/contracts';
import { componentKey, placeOf } from './place';

describe('placeOf', () => {
  it.each([
    ['TL[3].SL', { kind: 'twistlock', n: 3 }],
    ['TL7', { kind: 'twistlock', n: 7 }],
    ['LP[2]', { kind: 'pin', n: 2 }],
    ['FLP[6]', { kind: 'flipper', n: 6 }],
    ['HYD.HOSE', { kind: 'hydraulics' }],
    ['TEL.DRV', { kind: 'telescope' }],
    ['LOD', { kind: 'load' }],
    ['XYZ', { kind: 'whole' }],
  ])('%s', (component, expected) => expect(placeOf(component)).toEqual(expected));

  it('knows a place on the drawing for every failure mode but those of all corners, the structure and the use', () => {
    const whole = [...failureModes.values()]
      .filter(({ component }) => placeOf(component.replace('[n]', '[1]')).kind === 'whole')
      .map(({ id }) => id);
    expect(whole.sort()).toEqual(['FM-03', 'FM-08', 'FM-14', 'FM-31', 'FM-32', 'FM-33', 'FM-GEN']);
  });
});

describe('componentKey', () => {
  it.each([
    ['TL[3].SL', { key: 'twistlock_SL', n: 3 }],
    ['TL[3]', { key: 'twistlock', n: 3 }],
    ['HYD.HOSE', { key: 'HYD_HOSE' }],
    ['ELD[2]', { key: 'drive', n: 2 }],
  ])('%s', (component, expected) => expect(componentKey(component)).toEqual(expected));
});
