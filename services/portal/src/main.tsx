import './tokens.css';
import './portal.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiFault } from './api/request';
import { startTexts } from './i18n/i18n';
import { startLiveStream } from './live/live-stream';
import { makeRouter } from './router';
import { startColorScheme } from './shell/color-scheme';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiFault && !error.retryable),
      refetchOnWindowFocus: true,
      // The live stream knows better than the browser whether the server is there.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

startColorScheme();
startTexts();
startLiveStream(client);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={makeRouter()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
