import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { describeError, Fault, seconds } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { AUDIT, CLOCK, CONFIG, LOGGER, STORE, type AuditTrail, type Logger } from '@quaywatch/runtime';
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecure, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IngestConfig } from '../config';
import { FirmwareDoor } from '../firmware/firmware-door';
import { IdentityHost } from '../devices/identity-host';
import { Est } from './est';
import { Publisher } from './publication';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Opens the enrolment port (TLS) and the plain port of revocation lists, each when it is configured. */
@Injectable()
export class EnrolmentHost implements OnApplicationBootstrap, OnApplicationShutdown {
  private secure: SecureServer | undefined;
  private plain: Server | undefined;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: IngestConfig,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
  ) {}

  /** Port of enrolment. Fault `PORT_CLOSED` when it is off. */
  get estPort(): number {
    return portOf(this.secure, 'enrolment');
  }

  /** Port of revocation lists. Fault `PORT_CLOSED` when it is off. */
  get publicationPort(): number {
    return portOf(this.plain, 'revocation lists');
  }

  async onApplicationBootstrap(): Promise<void> {
    const { EST_PORT, PKI_HTTP_PORT, MQTT_HOST } = this.config;
    const { authorities, gate, commands, claims, shelf, rollouts } = await this.identity.open();
    const publisher = new Publisher(this.store, this.clock, authorities);
    const publish: Handler = (request, response) => publisher.handle(request, response);
    if (EST_PORT !== undefined) {
      const { audit, logger } = this;
      const est = new Est({
        authorities,
        gate,
        commands,
        claims,
        audit,
        logger,
        platformOrg: this.config.ORGANISATION,
      });
      const door = new FirmwareDoor({
        gate,
        shelf,
        desk: rollouts,
        logger,
        refused: (btu, address, reason, org) => est.refused(btu, address, 'device.firmware', reason, org),
      });
      const { keyPem: key, certificatePem: cert } = await authorities.server(this.identity.names);
      const context = { key, cert, minVersion: 'TLSv1.2' as const };
      this.secure = createSecure(
        {
          ...context,
          ca: authorities.trusted,
          requestCert: true,
          rejectUnauthorized: false,
          handshakeTimeout: seconds(10),
        },
        this.answer([
          (request, response) => est.handle(request, response),
          (request, response) => door.handle(request, response),
          publish,
        ]),
      );
      const server = this.secure;
      authorities.onChange((trusted) => server.setSecureContext({ ...context, ca: trusted }));
      await listen(server, MQTT_HOST, EST_PORT);
      logger.info({ port: this.estPort }, 'enrolment port open');
    }
    if (PKI_HTTP_PORT !== undefined) {
      this.plain = createPlain(this.answer([publish]));
      await listen(this.plain, MQTT_HOST, PKI_HTTP_PORT);
      this.logger.info({ port: this.publicationPort }, 'port of revocation lists open');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    for (const server of [this.secure, this.plain]) {
      if (!server) continue;
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    }
  }

  private answer(handlers: readonly Handler[]) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      const run = async (): Promise<void> => {
        for (const handle of handlers) if (await handle(request, response)) return;
        response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n');
      };
      run().catch((error: unknown) => {
        this.logger.warn({ reason: describeError(error) }, 'request could not be answered');
        if (!response.headersSent) response.writeHead(503, { 'retry-after': '30' });
        response.end();
      });
    };
  }
}

function listen(server: Server | SecureServer, host: string, port: number): Promise<void> {
  server.maxConnections = 1000;
  server.headersTimeout = seconds(10);
  server.requestTimeout = seconds(20);
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen({ host, port }, () => done());
  });
}

function portOf(server: Server | SecureServer | undefined, name: string): number {
  const address = server?.address();
  if (!address) throw new Fault('PORT_CLOSED', `the port of ${name} is not open`);
  return (address as AddressInfo).port;
}
