import { clockContract } from '@quaywatch/ports/testing';
import { systemClock } from './system-clock';

clockContract('system', () => ({
  clock: systemClock,
  pass: (by) => new Promise((resolve) => setTimeout(resolve, by)),
}));
