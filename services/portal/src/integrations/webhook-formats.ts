import type { WebhookFormat } from '@quaywatch/contracts';

/** Formats of webhooks; a test holds them against the contract, whose schemas are not loaded. */
export const formats: readonly WebhookFormat[] = [
  'cloudevents',
  'tic40-2022.004',
  'tic40-2022.006',
  'tic40-2023.007',
  'tic40-2023.009',
  'tic40-2024.010',
];
