import {
  commandParameters,
  events,
  isEvent,
  type CommandKind,
  type DataOf,
  type EventEnvelope,
} from '@quaywatch/contracts';
import { accept, refuse, type Decision, type Duration, type Instant } from '@quaywatch/kernel';

/** A fact about a command to a device, before it has an id and a time. */
export type CommandFact =
  | { readonly type: 'command-requested'; readonly data: DataOf<typeof events.commandRequested> }
  | { readonly type: 'command-sent'; readonly data: DataOf<typeof events.commandSent> }
  | { readonly type: 'command-acknowledged'; readonly data: DataOf<typeof events.commandAcknowledged> }
  | { readonly type: 'command-timed-out'; readonly data: DataOf<typeof events.commandTimedOut> }
  | { readonly type: 'command-expired'; readonly data: DataOf<typeof events.commandExpired> };

/** Where a command stands. */
export type CommandState = 'requested' | 'sent' | 'done' | 'refused' | 'timed_out' | 'expired';

/** A command as its facts tell it; times in ms UTC. */
export interface CommandRecord {
  readonly command: string;
  readonly btu: string;
  readonly state: CommandState;
  readonly expiresAt: Instant;
  readonly answerBy: Instant | null;
}

/** The command from the facts of its stream; undefined when there are none. */
export function commandOf(facts: readonly EventEnvelope[]): CommandRecord | undefined {
  let record: CommandRecord | undefined;
  for (const fact of facts) {
    if (isEvent(fact, events.commandRequested)) {
      const { command, btu, expiresAt } = fact.data;
      record = { command, btu, state: 'requested', expiresAt, answerBy: null };
    } else if (!record) continue;
    else if (isEvent(fact, events.commandSent)) record = { ...record, state: 'sent', answerBy: fact.data.answerBy };
    else if (isEvent(fact, events.commandAcknowledged))
      record = { ...record, state: fact.data.ok ? 'done' : 'refused' };
    else if (isEvent(fact, events.commandTimedOut)) record = { ...record, state: 'timed_out' };
    else if (isEvent(fact, events.commandExpired)) record = { ...record, state: 'expired' };
  }
  return record;
}

/**
 * Asks a device for something. `invalid` when the parameters are not those of the kind: nothing that is not in that list
 * ever goes to a device (law L5).
 */
export function requestCommand(
  request: {
    readonly command: string;
    readonly btu: string;
    readonly kind: CommandKind;
    readonly parameters: object;
    readonly by: string;
  },
  now: Instant,
  life: Duration,
): Decision<CommandFact[]> {
  const parsed = commandParameters[request.kind].safeParse(request.parameters);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(
      'invalid',
      `${request.kind}: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? 'not valid'}`,
    );
  }
  const parameters = parsed.data as Record<string, string | number | boolean>;
  return accept([{ type: 'command-requested', data: { ...request, parameters, expiresAt: now + life } }]);
}

/** A command goes out, to be answered within `patience`; nothing when it was sent, or must not be any more. */
export function sendCommand(record: CommandRecord, now: Instant, patience: Duration): CommandFact[] {
  if (record.state !== 'requested' || record.expiresAt <= now) return [];
  const { command, btu } = record;
  return [{ type: 'command-sent', data: { command, btu, answerBy: now + patience } }];
}

/** The device answers; nothing when it is not waited for (any more), or is not its command. */
export function answerCommand(
  record: CommandRecord | undefined,
  answer: DataOf<typeof events.commandAcknowledged>,
): CommandFact[] {
  if (record?.state !== 'sent' || record.btu !== answer.btu) return [];
  return [{ type: 'command-acknowledged', data: answer }];
}

/** What time alone does to a command: it expires unsent, or times out unanswered. */
export function endCommand({ command, btu, state, expiresAt, answerBy }: CommandRecord, now: Instant): CommandFact[] {
  if (state === 'requested' && expiresAt <= now) return [{ type: 'command-expired', data: { command, btu } }];
  if (state === 'sent' && (answerBy ?? 0) <= now) return [{ type: 'command-timed-out', data: { command, btu } }];
  return [];
}
