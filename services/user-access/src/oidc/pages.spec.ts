import { expect, it } from '@jest/globals';
import decodeQR from 'qr/decode.js';
import { enrolPage } from './pages';

/** The picture an SVG path of dark unit squares makes, 4 pixels a square. */
function picture(svg: string): { width: number; height: number; data: Uint8Array } {
  const side = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]) * 4;
  const data = new Uint8Array(side * side * 4).fill(255);
  let [x, y] = [0, 0];
  for (const [, how, dx, dy] of svg.matchAll(/([Mm])(-?\d+) (-?\d+)h1v1/g)) {
    [x, y] = how === 'M' ? [Number(dx), Number(dy)] : [x + Number(dx), y + Number(dy)];
    for (let row = 0; row < 4; row++)
      for (let column = 0; column < 4; column++)
        data.fill(0, ((y * 4 + row) * side + x * 4 + column) * 4, ((y * 4 + row) * side + x * 4 + column) * 4 + 3);
  }
  return { width: side, height: side, data };
}

it('the page that adds a second factor shows the key as a QR code that an app can read', () => {
  const uri = 'otpauth://totp/Quaywatch:ada%40example.com?secret=Z73B3LS5REG32VLDOYZILIWFOHOOHPRO&issuer=Quaywatch';
  const page = enrolPage('/here', { secret: 'Z73B3LS5REG32VLDOYZILIWFOHOOHPRO', uri, passkey: '{}', skip: false });
  expect(decodeQR(picture(/<svg.*?<\/svg>/s.exec(page)?.[0] ?? ''))).toBe(uri);
});
