import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = `${root}docs/security/`;
const text = readFileSync(`${folder}asvs-5.md`, 'utf8');
const rowsOf = (columns: number): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === columns);
const items = rowsOf(5).filter(([number = '']) => /^\d/.test(number));
const tests = new Map(rowsOf(2).map(([name = '', file = '']) => [name, file.replaceAll('`', '')]));

/** The requirements of levels 1 and 2 of OWASP ASVS 5.0, by section. */
const required: Record<string, number[]> = {
  '1.1': [1, 2],
  '1.2': [1, 2, 3, 4, 5, 6, 7, 8, 9],
  '1.3': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  '1.4': [1, 2, 3],
  '1.5': [1, 2],
  '2.1': [1, 2, 3],
  '2.2': [1, 2, 3],
  '2.3': [1, 2, 3, 4],
  '2.4': [1],
  '3.2': [1, 2],
  '3.3': [1, 2, 3, 4],
  '3.4': [1, 2, 3, 4, 5, 6],
  '3.5': [1, 2, 3, 4, 5],
  '3.7': [1, 2],
  '4.1': [1, 2, 3],
  '4.2': [1],
  '4.3': [1, 2],
  '4.4': [1, 2, 3, 4],
  '5.1': [1],
  '5.2': [1, 2, 3],
  '5.3': [1, 2],
  '5.4': [1, 2, 3],
  '6.1': [1, 2, 3],
  '6.2': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  '6.3': [1, 2, 3, 4],
  '6.4': [1, 2, 3, 4],
  '6.5': [1, 2, 3, 4, 5],
  '6.6': [1, 2, 3],
  '6.8': [1, 2, 3, 4],
  '7.1': [1, 2, 3],
  '7.2': [1, 2, 3, 4],
  '7.3': [1, 2],
  '7.4': [1, 2, 3, 4, 5],
  '7.5': [1, 2],
  '7.6': [1, 2],
  '8.1': [1, 2],
  '8.2': [1, 2, 3],
  '8.3': [1],
  '8.4': [1],
  '9.1': [1, 2, 3],
  '9.2': [1, 2, 3, 4],
  '10.1': [1, 2],
  '10.2': [1, 2],
  '10.3': [1, 2, 3, 4],
  '10.4': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  '10.5': [1, 2, 3, 4, 5],
  '10.6': [1, 2],
  '10.7': [1, 2, 3],
  '11.1': [1, 2],
  '11.2': [1, 2, 3],
  '11.3': [1, 2, 3],
  '11.4': [1, 2, 3, 4],
  '11.5': [1],
  '11.6': [1],
  '12.1': [1, 2, 3],
  '12.2': [1, 2],
  '12.3': [1, 2, 3, 4],
  '13.1': [1],
  '13.2': [1, 2, 3, 4, 5],
  '13.3': [1, 2],
  '13.4': [1, 2, 3, 4, 5],
  '14.1': [1, 2],
  '14.2': [1, 2, 3, 4],
  '14.3': [1, 2, 3],
  '15.1': [1, 2, 3],
  '15.2': [1, 2, 3],
  '15.3': [1, 2, 3, 4, 5, 6, 7],
  '16.1': [1],
  '16.2': [1, 2, 3, 4, 5],
  '16.3': [1, 2, 3, 4],
  '16.4': [1, 2, 3],
  '16.5': [1, 2, 3],
  '17.1': [1],
  '17.2': [1, 2, 3, 4],
  '17.3': [1, 2],
};

describe('the table of OWASP ASVS 5.0', () => {
  it('has every requirement of levels 1 and 2, once', () => {
    const wanted = Object.entries(required).flatMap(([section, numbers]) => numbers.map((n) => `${section}.${n}`));
    expect(wanted).toHaveLength(253);
    expect(items.map(([number]) => number).sort()).toEqual(wanted.sort());
  });

  it('names for each that is met a test that there is, and a reason for each that is not', () => {
    for (const [number, level, state = '', how = '', by = ''] of items) {
      expect([number, level]).toEqual([number, expect.stringMatching(/^[12]$/)]);
      expect([number, state]).toEqual([number, expect.stringMatching(/^(met|partly|not met|n\/a)$/)]);
      expect([number, how.length > 2]).toEqual([number, true]);
      if (state === 'n/a') continue;
      for (const name of by.split(', '))
        expect([number, name, existsSync(root + (tests.get(name) ?? '?'))]).toEqual([number, name, true]);
    }
  });

  it('counts them truly', () => {
    const count = (state: string): number => items.filter((cells) => cells[2] === state).length;
    expect(text).toContain(
      `${count('met')} met, ${count('partly')} partly, ${count('not met')} not met, ${count('n/a')} do not apply.`,
    );
  });
});

describe('documents about security', () => {
  const names = [
    'access-and-gateway',
    'asvs-5',
    'controls',
    'cryptography',
    'logging',
    'oauth-rfc9700',
    'privacy',
    'psirt',
    'supply-chain',
    'threat-model',
  ];

  it.each(names)('%s.md: every file of ours that it names is there', (name) => {
    const page = readFileSync(`${folder}${name}.md`, 'utf8');
    const links = [...page.matchAll(/\]\(([^)#:]+)[^)]*\)/g)].map(([, to = '']) => folder + to);
    const paths = [...page.matchAll(/`((?:services|libs|tools|docs|helm|deploy)\/[\w./-]+\.\w+)`/g)].map(
      ([, to = '']) => root + to,
    );
    expect([...links, ...paths].filter((file) => !existsSync(file))).toEqual([]);
  });
});
