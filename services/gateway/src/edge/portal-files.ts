import express, { type RequestHandler, type Router } from 'express';
import { join, sep } from 'node:path';
import { sendProblem } from './problem';

/**
 * The built portal. Files under `assets/` carry a hash in their name and are kept for a year; everything else is
 * asked for again each time. Any other address that a browser opens is a page of the portal.
 */
export function portalFiles(folder: string): Router {
  const router = express.Router();
  const assets = join(folder, 'assets') + sep;
  const files = express.static(folder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (res, path) => {
      res.setHeader('Cache-Control', path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  router.use(files);
  router.get('/{*page}', page(folder));
  return router;
}

const page =
  (folder: string): RequestHandler =>
  (req, res) => {
    // A missing file must not be answered with a page: the browser would take it for a script or a picture.
    if (/\.[A-Za-z0-9]+$/.test(req.path) || !req.accepts('html')) return sendProblem(res, 404);
    res.sendFile('index.html', { root: folder, cacheControl: false, headers: { 'Cache-Control': 'no-cache' } });
  };
