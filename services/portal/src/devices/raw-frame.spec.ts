import { describe, expect, it } from '@jest/globals';
import { bytesOf, hexDump, jsonOf } from './raw-frame';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a raw frame', () => {
  it('is shown as offset, hex and text, short last lines aligned', () => {
    expect(hexDump(bytes('{"v":1,"broken":\u0001}'))).toBe(
      '000000  7b 22 76 22 3a 31 2c 22 62 72 6f 6b 65 6e 22 3a  {"v":1,"broken":\n' +
        '000010  01 7d                                            .}',
    );
  });

  it('is cut at the most that is shown', () => {
    expect(hexDump(new Uint8Array(100), 32).split('\n')).toHaveLength(2);
    expect(hexDump(new Uint8Array(0))).toBe('');
  });

  it('is shown as JSON when it is JSON, and not when it is not', () => {
    expect(jsonOf(bytes('{"a":[1]}'))).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(jsonOf(bytes('{"a":'))).toBeNull();
    expect(jsonOf(Uint8Array.of(0xff, 0xfe))).toBeNull();
  });

  it('is read from base64', () => expect([...bytesOf('AP8=')]).toEqual([0, 255]));
});
