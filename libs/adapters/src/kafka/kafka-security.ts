import type { KafkaConfig, SASLOptions } from 'kafkajs';

/**
 * TLS and who we are. Keys and passwords are given by functions that are asked at each new connection, so that they can
 * rotate without a restart.
 */
export interface KafkaSecurity {
  /** PEM of the authorities that sign the brokers' certificates; the machine's own without. */
  readonly ca?: () => string;
  /** Our own certificate chain and key, PEM, for mutual TLS. */
  readonly certificate?: () => string;
  readonly key?: () => string;
  /** User and password; without, the certificate is who we are. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: () => string;
  };
}

/** The part of kafkajs's configuration that secures connections; it reads these objects at each new connection. */
export function secured(security: KafkaSecurity | undefined): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  if (!security) return {};
  const { ca, certificate, key, sasl } = security;
  const ssl: Record<string, unknown> = { minVersion: 'TLSv1.2', rejectUnauthorized: true };
  for (const [name, read] of Object.entries({ ca, cert: certificate, key }))
    if (read) Object.defineProperty(ssl, name, { enumerable: true, get: read });
  return { ssl, ...(sasl ? { sasl: freshSasl(sasl) } : {}) };
}

function freshSasl({ mechanism, username, password }: NonNullable<KafkaSecurity['sasl']>): SASLOptions {
  const options = { mechanism, username } as { mechanism: typeof mechanism; username: string; password: string };
  // kafkajs keeps what it made of these options at the first connection; `password` is still asked for each time.
  Object.defineProperty(options, 'password', { enumerable: true, get: password });
  return options as SASLOptions;
}

/** The same for @platformatic/kafka, which reads `tls` and asks for `password` at each new connection, so that both can rotate. */
export function platformaticSecurity(security: KafkaSecurity | undefined): object {
  if (!security) return {};
  const { ca, certificate, key, sasl } = security;
  const tls: Record<string, unknown> = { minVersion: 'TLSv1.2', rejectUnauthorized: true };
  for (const [name, read] of Object.entries({ ca, cert: certificate, key }))
    if (read) Object.defineProperty(tls, name, { enumerable: true, get: read });
  if (!sasl) return { tls };
  return { tls, sasl: { mechanism: sasl.mechanism.toUpperCase(), username: sasl.username, password: sasl.password } };
}
