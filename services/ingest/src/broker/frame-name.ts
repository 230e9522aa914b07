/** Which frame it is: unique for ever. */
export interface FrameName {
  readonly btu: string;
  readonly boot: number;
  readonly stream: string;
  readonly seq: number;
}

const pattern = /^evt_(.+)\.(\d+)\.([a-z]+)\.(\d+)$/;

/** Id of the event of a frame: the same each time the frame is sent. */
export const frameId = ({ btu, boot, stream, seq }: FrameName): string => `evt_${btu}.${boot}.${stream}.${seq}`;

/** The frame whose event has this id; undefined when the event is not that of a frame. */
export function frameNameOf(id: string): FrameName | undefined {
  const [, btu, boot, stream, seq] = pattern.exec(id) ?? [];
  return btu && boot && stream ? { btu, boot: Number(boot), stream, seq: Number(seq) } : undefined;
}
