import { describe, expect, it } from '@jest/globals';
import { conditionDefaults } from '@quaywatch/domain/condition';
import { directFrames, judgedByLiveAnalysis, type DeviceSeries } from './device-series';
import { throughMqtt } from './through-mqtt';

const settings = {
  ...conditionDefaults,
  watch: { ...conditionDefaults.watch, asset: { ...conditionDefaults.watch.asset, learn: 200 } },
};

/** Two signals that move together until one goes its own way; values with all the digits that doubles have. */
function machine(btu: string, seed: number): DeviceSeries {
  const end = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
  const rows = Array.from({ length: 500 }, (_, i) => {
    const common = Math.sin(i * seed) + Math.sin(i * i);
    return [
      common + Math.sin(i * 7) / 10,
      5 + common + Math.cos(i * 11) / 10 + (i >= 350 ? 0.7 : 0),
      400 + Math.sin(i * 3),
    ];
  });
  return { btu, signals: ['raw:one', 'hyd.oilTemp', 'sup.volt'], at: rows.map((_, i) => end - (500 - i) * 1000), rows };
}

describe('data through certificates, broker and log', () => {
  it('give the same findings as by direct call', async () => {
    const all = [machine('BTU-A', 0.7), machine('BTU-B', 1.3)];
    const arrived = await throughMqtt(all);
    for (const series of all) {
      const direct = judgedByLiveAnalysis(directFrames(series), settings);
      expect(direct.out).toHaveLength(300);
      expect(direct.out.slice(0, 145)).not.toContain(1);
      expect(direct.out.slice(200).filter((out) => out === 1).length).toBeGreaterThan(80);
      expect(direct.turns).toContain(1);
      expect(judgedByLiveAnalysis(arrived.get(series.btu) ?? [], settings)).toEqual(direct);
    }
  }, 120_000);
});
