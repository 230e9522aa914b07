import { acknowledgementTopic, commandParameters, deviceCommand, type DeviceCommand } from '@quaywatch/contracts';
import { describeError } from '@quaywatch/kernel';

/** What a device says to a command. */
export interface CommandAnswer {
  readonly ok: boolean;
  /** In a few words, for people. */
  readonly detail: string;
  /** For `upload_log`: the text. */
  readonly log?: string;
}

/** Carries out a command whose parameters fit its kind. */
export type CommandHandler = (command: DeviceCommand) => CommandAnswer | Promise<CommandAnswer>;

const remembered = 100;
const mostLog = 131_072;

/**
 * Answers commands: what is not one of the contract is refused before anybody sees it, what has expired is not carried
 * out, and a command that comes twice is carried out once and answered each time.
 */
export class CommandAnswers {
  private readonly given = new Map<string, Promise<CommandAnswer>>();

  constructor(
    private readonly serial: string,
    private readonly options: {
      readonly rebirth: () => void;
      readonly handle?: CommandHandler;
      readonly now: () => number;
    },
  ) {}

  /** Topic and text of the answer; undefined when the payload is no command. */
  take(payload: Uint8Array): Promise<{ topic: string; text: string }> | undefined {
    const command = parse(payload);
    if (!command) return undefined;
    let answer = this.given.get(command.id);
    if (!answer) {
      answer = this.carryOut(command).catch((error: unknown) => ({ ok: false, detail: describeError(error) }));
      this.given.set(command.id, answer);
      const [oldest] = this.given.keys();
      if (this.given.size > remembered && oldest !== undefined) this.given.delete(oldest);
    }
    return answer.then(({ ok, detail, log }) => ({
      topic: acknowledgementTopic(this.serial),
      text: JSON.stringify({
        v: 1,
        id: command.id,
        ok,
        detail: detail.slice(0, 200),
        // The newest of it is worth most.
        ...(log === undefined ? {} : { log: log.slice(-mostLog) }),
      }),
    }));
  }

  private async carryOut(command: DeviceCommand): Promise<CommandAnswer> {
    if (command.expiresAt <= this.options.now()) return { ok: false, detail: 'expired' };
    if (command.kind === 'rebirth') {
      this.options.rebirth();
      return { ok: true, detail: 'birth sent' };
    }
    return (await this.options.handle?.(command)) ?? { ok: false, detail: `${command.kind} is not possible here` };
  }
}

function parse(payload: Uint8Array): DeviceCommand | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
  const command = deviceCommand.safeParse(value);
  if (!command.success) return undefined;
  const parameters = commandParameters[command.data.kind].safeParse(command.data.parameters);
  return parameters.success
    ? { ...command.data, parameters: parameters.data as DeviceCommand['parameters'] }
    : undefined;
}
