const { createTransformer } = require('@swc/jest').default ?? require('@swc/jest');

// Tests run in a context of their own, in which each use of a global asks the context: 30 times as slow in numeric code.
// So every module takes those that nobody replaces once, on its first line, which keeps the lines as they are. Jest's own
// `sandboxInjectedGlobals` does nothing for ES modules.
const names = ['Array', 'Float64Array', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Set', 'String', 'WeakMap'];
const prefix = `const { ${names.join(', ')} } = globalThis;`;

module.exports = {
  createTransformer(options) {
    const swc = createTransformer(options);
    const withGlobals = (result) => ({ ...result, code: prefix + result.code });
    return {
      ...swc,
      canInstrument: false,
      process: (...given) => withGlobals(swc.process(...given)),
      processAsync: async (...given) => withGlobals(await swc.processAsync(...given)),
      getCacheKey: (...given) => `${swc.getCacheKey(...given)}${names.length}`,
    };
  },
};
