import { describe, expect, it } from '@jest/globals';
import { publicUrl } from './public-url';

describe('PUBLIC_URL', () => {
  it.each([
    ['https://quaywatch.example.com', 'https://quaywatch.example.com'],
    ['https://quaywatch.example.com:8443/', 'https://quaywatch.example.com:8443'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('takes %s', (given, taken) => {
    expect(publicUrl.parse(given)).toBe(taken);
  });

  it.each([
    'http://quaywatch.example.com',
    'http://192.168.1.4:8080',
    'http://localhost.example.com',
    'ftp://localhost',
    'https://quaywatch.example.com/portal',
    'https://user:secret@quaywatch.example.com',
    'https://quaywatch.example.com/?a=b',
    'quaywatch.example.com',
    '',
  ])('refuses %s', (given) => {
    expect(publicUrl.safeParse(given).success).toBe(false);
  });
});
