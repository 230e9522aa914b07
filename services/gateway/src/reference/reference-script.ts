/**
 * Script of the reference page: reads `/v1/openapi.json`, shows every operation, and lets it be tried with the session
 * of the portal or a token. Text from the document only ever becomes text, never markup.
 */
export const referenceScript = String.raw`
const make = (name, props = {}, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key in element && key !== 'list') element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...inside);
  return element;
};
const main = document.querySelector('main');
const found = document.querySelector('#found');
const token = document.querySelector('#token');

const typeOf = (schema) => {
  if (!schema) return '';
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.anyOf || schema.oneOf) return [...new Set((schema.anyOf || schema.oneOf).map(typeOf))].join(' | ');
  if (schema.type === 'array') return typeOf(schema.items) + '[]';
  const limits = ['minLength', 'maxLength', 'minimum', 'maximum', 'pattern', 'default']
    .filter((name) => schema[name] !== undefined && Math.abs(schema[name]) !== Number.MAX_SAFE_INTEGER)
    .map((name) => name + ' ' + schema[name]);
  return [schema.format || schema.type || 'any', ...limits].join(', ');
};

const fields = (schema, required = [], depth = 0) => {
  const list = make('ul');
  for (const [name, inner] of Object.entries(schema.properties || {})) {
    const needed = required.includes(name) ? ' (required)' : '';
    const item = make('li', {}, make('code', {}, name), ' ' + typeOf(inner) + needed);
    const object = inner.type === 'array' ? inner.items : inner;
    if (object && object.properties && depth < 6) item.append(fields(object, object.required, depth + 1));
    list.append(item);
  }
  return list;
};

const exampleOf = (schema, depth = 0) => {
  if (!schema || depth > 6) return null;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf || schema.oneOf) return exampleOf((schema.anyOf || schema.oneOf)[0], depth + 1);
  if (schema.type === 'object') {
    const needed = Object.entries(schema.properties || {}).filter(([name]) => (schema.required || []).includes(name));
    return Object.fromEntries(needed.map(([name, inner]) => [name, exampleOf(inner, depth + 1)]));
  }
  if (schema.type === 'array') return schema.minItems ? [exampleOf(schema.items, depth + 1)] : [];
  if (schema.type === 'string') return schema.format === 'date-time' ? new Date().toISOString() : '';
  if (schema.type === 'boolean') return false;
  return schema.type === 'number' || schema.type === 'integer' ? Math.max(0, schema.minimum || 0) : null;
};

const trial = (path, method, operation) => {
  const inputs = (operation.parameters || []).map((parameter) => {
    const id = operation.operationId + '-' + parameter.in + '-' + parameter.name;
    const input = make('input', { id, required: parameter.required === true && parameter.in === 'path', autocomplete: 'off' });
    return { parameter, input, row: make('p', {}, make('label', { htmlFor: id }, parameter.name + ' (' + parameter.in + ', ' + typeOf(parameter.schema) + ')'), input) };
  });
  const schema = operation.requestBody && operation.requestBody.content['application/json'].schema;
  const id = operation.operationId + '-body';
  const body = schema && make('textarea', { id, rows: 8, value: JSON.stringify(exampleOf(schema), undefined, 2), spellcheck: false });
  const answer = make('div', { role: 'status' });
  const send = make('button', { type: 'submit' }, 'Send ' + method.toUpperCase());
  const form = make('form', {}, ...inputs.map(({ row }) => row));
  if (body) form.append(make('p', {}, make('label', { htmlFor: id }, 'Body'), body));
  form.append(send, answer);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const headers = { accept: 'application/json' };
    let url = path;
    const query = new URLSearchParams();
    for (const { parameter, input } of inputs) {
      if (input.value === '') continue;
      if (parameter.in === 'path') url = url.replace('{' + parameter.name + '}', encodeURIComponent(input.value));
      else if (parameter.in === 'query') query.set(parameter.name, input.value);
      else headers[parameter.name] = input.value;
    }
    if (token.value) headers.authorization = 'Bearer ' + token.value;
    else if (method !== 'get') headers['x-csrf'] = '1';
    if (body) headers['content-type'] = 'application/json';
    if ([...query].length) url += '?' + query;
    send.disabled = true;
    const from = performance.now();
    try {
      const stop = new AbortController();
      const late = setTimeout(() => stop.abort(), 30000);
      const response = await fetch(url, { method: method.toUpperCase(), headers, body: body ? body.value : undefined, credentials: token.value ? 'omit' : 'same-origin', signal: stop.signal });
      let text = 'A stream: read it with a program.';
      if ((response.headers.get('content-type') || '').startsWith('text/event-stream')) stop.abort();
      else text = await response.text();
      clearTimeout(late);
      try { text = JSON.stringify(JSON.parse(text), undefined, 2); } catch {}
      const told = [...response.headers].map(([name, value]) => name + ': ' + value).join('\n');
      answer.replaceChildren(
        make('p', {}, response.status + ' ' + response.statusText + ', ' + Math.round(performance.now() - from) + ' ms'),
        make('details', {}, make('summary', {}, 'Headers'), make('pre', {}, told)),
        make('pre', { tabIndex: 0 }, text.slice(0, 200000)),
      );
    } catch (error) {
      answer.replaceChildren(make('p', {}, 'No answer: ' + error.message));
    }
    send.disabled = false;
  });
  return form;
};

const show = (path, method, operation) => {
  const title = make('summary', {}, make('b', { className: method }, method.toUpperCase()), ' ', make('code', {}, path), ' ' + operation.summary);
  const details = make('details', { id: operation.operationId, className: 'operation' }, title);
  details.dataset.text = [operation.operationId, method, path, operation.summary].join(' ').toLowerCase();
  details.addEventListener('toggle', () => {
    if (details.children.length > 1) return;
    if (operation.description) details.append(make('p', {}, operation.description));
    const body = operation.requestBody && operation.requestBody.content['application/json'].schema;
    if (body) details.append(make('h3', {}, 'Body'), fields(body, body.required));
    details.append(make('h3', {}, 'Answers'));
    for (const [status, response] of Object.entries(operation.responses)) {
      details.append(make('p', {}, make('b', {}, status), ' ' + response.description));
      const json = response.content && response.content['application/json'];
      if (json && json.schema) details.append(fields(json.schema, json.schema.required));
    }
    details.append(make('h3', {}, 'Try it'), trial(path, method, operation));
  });
  return details;
};

const document_ = await (await fetch('/v1/openapi.json')).json();
const groups = new Map();
for (const [path, methods] of Object.entries(document_.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const tag = operation.tags[0];
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push(show(path, method, operation));
  }
}
main.replaceChildren(make('p', {}, document_.info.description));
for (const [tag, operations] of groups) main.append(make('section', {}, make('h2', {}, tag), ...operations));

const filter = () => {
  const words = document.querySelector('#search').value.toLowerCase().split(/\s+/);
  let count = 0;
  for (const section of main.querySelectorAll('section')) {
    let some = false;
    for (const operation of section.querySelectorAll('.operation')) {
      operation.hidden = !words.every((word) => operation.dataset.text.includes(word));
      if (!operation.hidden) { some = true; count++; }
    }
    section.hidden = !some;
  }
  found.textContent = count + ' operations';
};
document.querySelector('#search').addEventListener('input', filter);
filter();
const wanted = document.getElementById(location.hash.slice(1));
if (wanted && wanted.matches('.operation')) { wanted.open = true; wanted.scrollIntoView(); }
`;
