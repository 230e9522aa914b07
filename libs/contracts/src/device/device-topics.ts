import { burstTopic } from './burst';
import { acknowledgementTopic, statusTopic } from './command';
import { commandTopic, deviceTopic, type DeviceStream } from './native-json';

/** A topic of a device, for people. */
export interface DeviceTopic {
  readonly topic: string;
  readonly direction: 'up' | 'up, last will' | 'down';
  readonly qos: string;
  readonly doc: string;
}

const streams: Readonly<Record<DeviceStream, string>> = {
  live: 'Cyclic signals, one frame per 10 s.',
  event: 'Signals on change and once a move.',
  alarm: "Alarms of the spreader's own controller.",
  birth: 'Firmware and signal list, after each connect.',
  gap: 'Sequence numbers that will never come.',
  move: 'Moves that the device counted itself.',
  hist: 'Histograms, usually once an hour.',
};
const serial = '<serial>';
const up = (topic: string, qos: string, doc: string): DeviceTopic => ({ topic, direction: 'up', qos, doc });

/** Topics of the native format of a device; those of other formats are with their dialects. Nothing else is let in. */
export const deviceTopics: readonly DeviceTopic[] = [
  ...Object.entries(streams).map(([stream, doc]) => up(deviceTopic(serial, stream as DeviceStream), '1', doc)),
  up(burstTopic(serial), '1', 'Short windows of a signal at a high rate, in chunks.'),
  up(statusTopic(serial), '0, 1', 'What waits in the buffer, and the link, once a minute.'),
  up(acknowledgementTopic(serial), '1', 'Answers to commands.'),
  {
    topic: deviceTopic(serial, 'state'),
    direction: 'up, last will',
    qos: '1',
    doc: 'Whether it is there; not passed on to anybody.',
  },
  { topic: commandTopic(serial), direction: 'down', qos: '0, 1', doc: 'Commands; never machine control.' },
];
