import { describe, expect, it } from '@jest/globals';
import { toXml } from './xml-answer';

const shape = { root: 'Fleet', namespace: 'urn:x', attributes: ['datetime', 'version'] };

describe('XML of an answer', () => {
  it('has elements, repeated ones for lists, and attributes', () => {
    const xml = toXml(
      { version: '1', Links: [{ rel: 'a' }, { rel: 'b' }], Hours: { datetime: 't', Hour: 2.5 }, None: null },
      shape,
    );
    expect(xml).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Fleet xmlns="urn:x" version="1"><Links><rel>a</rel></Links><Links><rel>b</rel></Links><Hours datetime="t"><Hour>2.5</Hour></Hours></Fleet>\n',
    );
  });

  it('escapes what is markup and leaves out what XML cannot hold', () => {
    expect(toXml({ datetime: `"<'>&`, A: '<b>&\u0000\ud800x😀' }, shape)).toContain(
      'datetime="&quot;&lt;&apos;&gt;&amp;"><A>&lt;b&gt;&amp;x😀</A>',
    );
  });
});
