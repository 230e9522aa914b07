import { describe, expect, it } from '@jest/globals';
import { CommandAnswers, type CommandHandler } from './command-answers';

const command = (more: object = {}): Uint8Array =>
  Buffer.from(
    JSON.stringify({ v: 1, id: 'cmd_1', kind: 'upload_log', parameters: { lines: 5 }, expiresAt: 100, ...more }),
  );

function answers(handle?: CommandHandler) {
  const rebirths: string[] = [];
  const made = new CommandAnswers('B1', { rebirth: () => rebirths.push('birth'), handle, now: () => 50 });
  const answer = async (payload: Uint8Array): Promise<object | undefined> => {
    const given = await made.take(payload);
    expect(given?.topic ?? 'bsms/v1/B1/ack').toBe('bsms/v1/B1/ack');
    return given && (JSON.parse(given.text) as object);
  };
  return { answer, rebirths };
}

describe('answers of a device to commands', () => {
  it('carries out what is of the contract', async () => {
    const { answer } = answers(({ parameters }) => ({ ok: true, detail: 'here', log: `${parameters.lines}` }));
    expect(await answer(command())).toEqual({ v: 1, id: 'cmd_1', ok: true, detail: 'here', log: '5' });
  });

  it.each<[string, Uint8Array]>([
    ['no JSON', Buffer.from('unlock')],
    ['another kind', command({ kind: 'unlock' })],
    ['parameters of nobody', command({ kind: 'rebirth', parameters: { 'tl.command': 'unlock' } })],
    ['a parameter out of range', command({ parameters: { lines: 1e9 } })],
    ['more than a command', command({ topic: 'x' })],
  ])('does not even look at %s (law L5)', async (_, payload) => {
    let seen = 0;
    const { answer, rebirths } = answers(() => {
      seen++;
      return { ok: true, detail: '' };
    });
    expect(await answer(payload)).toBeUndefined();
    expect([seen, rebirths]).toEqual([0, []]);
  });

  it('carries out a command once, and answers it each time', async () => {
    const { answer, rebirths } = answers();
    const rebirth = command({ kind: 'rebirth', parameters: {} });
    expect(await answer(rebirth)).toMatchObject({ ok: true });
    expect(await answer(rebirth)).toMatchObject({ ok: true });
    expect(rebirths).toEqual(['birth']);
  });

  it('says no to what has expired, what it cannot do, and what fails', async () => {
    expect(await answers().answer(command({ expiresAt: 50 }))).toMatchObject({ ok: false, detail: 'expired' });
    expect(await answers().answer(command())).toMatchObject({ ok: false, detail: 'upload_log is not possible here' });
    const failing = answers(() => Promise.reject(new Error('flash is full')));
    expect(await failing.answer(command())).toMatchObject({ ok: false, detail: 'flash is full' });
  });

  it('sends the newest of a log that is too long', async () => {
    const { answer } = answers(() => ({ ok: true, detail: '', log: `${'a'.repeat(200_000)}z` }));
    const { log } = (await answer(command())) as { log: string };
    expect([log.length, log.at(-1)]).toEqual([131_072, 'z']);
  });
});
