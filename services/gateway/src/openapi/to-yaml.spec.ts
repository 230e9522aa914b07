import { describe, expect, it } from '@jest/globals';
import { routes } from '@quaywatch/contracts';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { openApi } from './open-api';
import { toYaml } from './to-yaml';

describe('YAML', () => {
  it('means the same as the JSON, read by an independent parser', () => {
    const document = openApi(Object.values(routes));
    expect(load(toYaml(document))).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('keeps any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        // A key of this name is no ordinary property to either reader.
        fc.pre(!json.includes('__proto__'));
        expect(load(toYaml(JSON.parse(json)))).toEqual(JSON.parse(json));
      }),
      { numRuns: 300 },
    );
  });
});
