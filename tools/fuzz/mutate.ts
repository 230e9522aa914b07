// Malformed MQTT and malformed frames, from a seed.

const evil = [0, 1, 0x23, 0x2b, 0x2f, 0x7f, 0x80, 0xc0, 0xed, 0xff];

/** A copy with some bytes changed, added, taken away or repeated. */
export function mutate(bytes: Uint8Array, draw: () => number): Buffer {
  let out = Buffer.from(bytes);
  const pick = (n: number): number => Math.floor(draw() * n);
  for (let times = 1 + pick(4); times > 0; times--) {
    const at = pick(out.length + 1);
    switch (pick(7)) {
      case 0:
        if (at < out.length) out[at] = pick(256);
        break;
      case 1:
        if (at < out.length) out[at] = evil[pick(evil.length)] as number;
        break;
      case 2:
        if (at < out.length) out[at] = (out[at] as number) ^ (1 << pick(8));
        break;
      case 3:
        out = Buffer.concat([out.subarray(0, at), Buffer.from([pick(256)]), out.subarray(at)]);
        break;
      case 4:
        out = Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + 1 + pick(8)))]);
        break;
      case 5:
        out = out.subarray(0, at);
        break;
      default:
        out = Buffer.concat([out, out.subarray(at, at + 64)]);
    }
    if (out.length > 4096) out = out.subarray(0, 4096);
  }
  return Buffer.from(out);
}

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)]);
const packet = (first: number, ...body: Uint8Array[]): Buffer => {
  const whole = Buffer.concat(body);
  const length = whole.length < 128 ? [whole.length] : [(whole.length & 127) | 128, whole.length >> 7];
  return Buffer.concat([Buffer.from([first, ...length]), whole]);
};

/** Well-formed packets, to be made ill. */
export const packets = (id: string): Buffer[] => [
  packet(0x10, text('MQTT'), Buffer.from([4, 2, 0, 60]), text(id)),
  packet(
    0x10,
    text('MQTT'),
    Buffer.from([4, 0xee, 0, 60]),
    text(id),
    text('w/t'),
    text('gone'),
    text('user'),
    text('pw'),
  ),
  packet(0x30, text('a/b'), Buffer.from('payload')),
  packet(0x32, text('a/b'), Buffer.from([0, 7]), Buffer.from('payload')),
  packet(0x34, text('a/b/c'), Buffer.from([0, 8]), Buffer.from('payload')),
  packet(0x3b, text('kept/x'), Buffer.from([0, 9])),
  packet(0x40, Buffer.from([0, 7])),
  packet(0x50, Buffer.from([0, 7])),
  packet(0x62, Buffer.from([0, 8])),
  packet(0x70, Buffer.from([0, 7])),
  packet(0x82, Buffer.from([0, 3]), text('a/+'), Buffer.from([1]), text('#'), Buffer.from([2])),
  packet(0xa2, Buffer.from([0, 4]), text('a/+')),
  packet(0xc0),
  packet(0xe0),
];
