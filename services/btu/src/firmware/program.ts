import { Fault } from '@quaywatch/kernel';
import { runInNewContext } from 'node:vm';

/** What a program can judge itself by. */
export interface ProgramFacts {
  /** The platform is reached. */
  readonly connected: boolean;
  /** It has acknowledged the birth message of this start. */
  readonly born: boolean;
}

/** What runs in a slot of the reference BTU. */
export interface Program {
  readonly version: string;
  /** Seconds between two status messages. */
  readonly statusSeconds: number;
  /** True when the program finds that it works; asked again until it does, or the time is over. */
  readonly selfTest: (facts: ProgramFacts) => boolean;
}

/** What the device has without any firmware of a roll-out. */
export const factoryProgram = (version: string): Program => ({
  version,
  statusSeconds: 60,
  selfTest: ({ connected, born }) => connected && born,
});

/**
 * The program in an artefact: a script whose `module.exports` has `version`, `statusSeconds` (10–86,400) and, if it
 * likes, `selfTest`. Its signature was checked before. Fault `FIRMWARE_BROKEN` when it does not start.
 */
export function loadProgram(text: string, version: string): Program {
  const module = { exports: {} as Partial<Record<keyof Program, unknown>> };
  try {
    runInNewContext(text, { module, exports: module.exports }, { timeout: 1000, filename: `firmware-${version}.js` });
  } catch (cause) {
    throw new Fault('FIRMWARE_BROKEN', `firmware ${version} does not start`, { cause });
  }
  const { version: own, statusSeconds, selfTest } = module.exports;
  const seconds = Number(statusSeconds ?? 60);
  if (own !== version || !(seconds >= 10 && seconds <= 86_400))
    throw new Fault('FIRMWARE_BROKEN', `firmware ${version} says that it is ${String(own).slice(0, 32)}`);
  const factory = factoryProgram(version);
  return {
    version,
    statusSeconds: seconds,
    selfTest: typeof selfTest === 'function' ? (facts) => selfTest({ ...facts }) === true : factory.selfTest,
  };
}
