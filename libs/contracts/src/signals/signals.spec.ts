import { describe, expect, it } from '@jest/globals';
import { findSignal, signalCatalogue, signalGroup, signalGroups } from './index';

// The 62 rows of the reference list; a row with several ids has them all.
const reference =
  `tl[n].locked tl[n].unlocked tl[n].lockTime tl[n].unlockTime tl.spread tl.retries tl[n].cycles tl[n].load
lp[n].seated landed lp.skew landing.count landing.peakG side.peakG vib.rms load.total load.ecc.L load.ecc.W load.dyn load.zero
snag len.pos len.mm tele.time tele.drift tele.current twin.mode twin.gap twin.det flp[n].pos flp[n].time flp[n].hits
hyd.press hyd.pressIdle hyd.decay hyd.pumpDuty hyd.oilTemp hyd.tempRise hyd.level hyd.filter hyd.clean hyd.water
pump.current pump.starts eld[n].current eld[n].temp eld.fault brk.time sup.volt sup.24v cab.temp cab.hum insul can.err link.drop
node[n].alive estop bypass mode energy op.hours idle.hours env.temp gnss btu.rssi btu.buffer btu.supply clock.offset`.split(
    /\s+/,
  );

describe('signal catalogue', () => {
  it('has every signal of the reference list, the command, and no id twice', () => {
    const ids = Object.values(signalGroups).flatMap((group) => group.map((signal) => signal.id));
    expect(ids.length).toBe(signalCatalogue.size);
    expect([...ids].sort()).toEqual([...reference, 'tl.command'].sort());
  });

  it.each([...signalCatalogue.values()])('$id has a unit, a description and a sound range', (signal) => {
    expect(signal.unit).not.toBe('');
    expect(signal.doc.length).toBeGreaterThan(5);
    expect(signal.id.includes('[n]')).toBe(signal.positions !== undefined);
    if (signal.plausible) expect(signal.plausible[0]).toBeLessThan(signal.plausible[1]);
    if (signal.kind !== 'number') expect(signal.unit).toBe('1');
  });

  it('finds the entry and the group of a concrete signal', () => {
    expect(findSignal('tl[3].locked')?.id).toBe('tl[n].locked');
    expect(signalGroup('hyd.press')).toBe('hydraulics');
    expect(findSignal('raw:hyd.flow')).toBeUndefined();
  });
});
