// Gives .sql files to tests as text, as esbuild's text loader does in the build.
module.exports = { process: (text) => ({ code: `export default ${JSON.stringify(text)};` }) };
