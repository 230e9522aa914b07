import { describeError, Fault } from '@quaywatch/kernel';
import type { DeliveryResult, NotificationChannel } from '@quaywatch/ports';
import { createTransport } from 'nodemailer';

/** Options of the mail channel. */
export interface MailOptions {
  /** `smtps://host:465`, or `smtp://host:587` with STARTTLS; a user name may stand in it, a password may not. */
  readonly url: string;
  /** From whom it comes. */
  readonly from: string;
  /** The password of the user in the URL; read for each connection. */
  readonly password: () => Promise<string>;
  /** Longest time for each step of an attempt (connecting, being greeted, an answer), ms; default 20 s. */
  readonly limit?: number;
}

/** What a mail notification carries. */
export interface MailPayload {
  readonly subject: string;
  readonly text: string;
}

/**
 * Plain-text mail by SMTP; the target's address is the receiver's. TLS is demanded unless the server is on this machine.
 * Final failures: 5yz answers of the server, and a payload that is no mail; all others may be tried again. The id of the
 * notification is the message's, so that receivers can drop what they have seen.
 */
export function mailChannel(options: MailOptions): NotificationChannel {
  const { url, from, limit = 20_000 } = options;
  const server = serverOf(url);
  return {
    name: 'mail',
    async deliver({ address }, { id, timestamp, payload }): Promise<DeliveryResult> {
      const { subject, text } = (payload ?? {}) as Partial<MailPayload>;
      if (typeof subject !== 'string' || typeof text !== 'string' || /[\r\n]/.test(subject))
        return { kind: 'failed', recoverable: false, reason: 'the notification is no mail' };
      try {
        const { user } = server;
        const auth = user === undefined ? {} : { auth: { user, pass: await options.password() } };
        const times = { connectionTimeout: limit, greetingTimeout: limit, socketTimeout: limit };
        const transport = createTransport({ ...server.options, ...auth, ...times });
        const mail = {
          from,
          to: { name: '', address },
          messageId: `<${id}@${server.options.host}>`,
          date: new Date(timestamp * 1000),
          headers: { 'Auto-Submitted': 'auto-generated' },
          // What we write is text: nothing in it is fetched from a file or an address.
          disableFileAccess: true,
          disableUrlAccess: true,
        };
        await transport.sendMail({ ...mail, subject, text });
        return { kind: 'accepted', status: 250 };
      } catch (error) {
        const status = (error as { responseCode?: unknown }).responseCode;
        const answered = typeof status === 'number' ? { status } : {};
        return { kind: 'failed', recoverable: !isFinal(error), reason: reasonOf(error), ...answered };
      }
    },
  };
}

/** 5yz to the message or its receiver; wrong credentials are ours to mend, and then it can be sent. */
const isFinal = (error: unknown): boolean => {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  return code !== 'EAUTH' && responseCode !== undefined && responseCode >= 500;
};

/** Without the server's own words about who logs in. */
const reasonOf = (error: unknown): string =>
  (error as { code?: string }).code === 'EAUTH' ? 'the mail server refused the credentials' : describeError(error);

function serverOf(text: string): {
  options: { host: string; port: number; secure: boolean; requireTLS: boolean };
  user: string | undefined;
} {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new Fault(
      'CONFIG_INVALID',
      'configuration is not valid: SMTP_URL: not smtp://host:port or smtps://host:port',
    );
  if (url.password)
    throw new Fault(
      'CONFIG_INVALID',
      'configuration is not valid: SMTP_URL: the password belongs into the secret smtp-password',
    );
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const here = ['127.0.0.1', '::1', 'localhost'].includes(host);
  return {
    options: { host, port: Number(url.port) || (secure ? 465 : 587), secure, requireTLS: !secure && !here },
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
  };
}
