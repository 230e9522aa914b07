import express, { type Router } from 'express';
import { referenceScript } from './reference-script';

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; }
header { display: grid; gap: 0.75rem; }
h1, h2, h3 { line-height: 1.2; }
label { display: block; font-size: 0.875rem; }
input, textarea { box-sizing: border-box; font: inherit; padding: 0.375rem; width: 100%; }
textarea, code, pre { font-family: ui-monospace, monospace; font-size: 0.875rem; }
pre { border: 1px solid; max-height: 24rem; overflow: auto; padding: 0.5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: 0.375rem 0; overflow-wrap: anywhere; }
.operation { border-bottom: 1px solid #8888; }
.operation[open] { padding-bottom: 1rem; }
button { font: inherit; padding: 0.375rem 1rem; }
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Quaywatch API</title>
<link rel="stylesheet" href="/v1/reference/style.css">
<script type="module" src="/v1/reference/script.js"></script>
</head>
<body>
<header>
<h1>Quaywatch API</h1>
<p>Every operation, from <a href="/v1/openapi.json">the OpenAPI document</a>. What you try here is really done, as whoever is signed in to the portal in this browser, or as the program of the token.</p>
<div><label for="token">Access token of a program (kept in this page only)</label><input id="token" type="password" autocomplete="off"></div>
<div><label for="search">Search</label><input id="search" type="search" autocomplete="off"></div>
<p id="found" role="status"></p>
</header>
<main>Reading the document …</main>
</body>
</html>
`;

/** The reference of the API for people: a page of our own that lives with the strict CSP and loads nothing from elsewhere. */
export function referenceRouter(): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const serve = (path: string, type: string, text: string): void =>
    void router.get(path, (_req, res) => void res.type(type).set('Cache-Control', 'public, max-age=300').send(text));
  serve('/reference', 'html', page);
  serve('/reference/style.css', 'css', style);
  serve('/reference/script.js', 'js', referenceScript);
  return router;
}
