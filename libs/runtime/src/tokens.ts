// Nest tokens of what the runtime gives every service; inject with `@Inject(STORE) store: ViewStore`.

/** ViewStore: the service's own schema. */
export const STORE = Symbol('STORE');
/** EventLog. */
export const EVENT_LOG = Symbol('EVENT_LOG');
/** ObjectStore. */
export const OBJECT_STORE = Symbol('OBJECT_STORE');
/** SecretStore. */
export const SECRETS = Symbol('SECRETS');
/** Clock. */
export const CLOCK = Symbol('CLOCK');
/** Logger of this service. */
export const LOGGER = Symbol('LOGGER');
/** The service's parsed configuration. */
export const CONFIG = Symbol('CONFIG');
/** Peers: where the other services answer; only the gateway calls them. */
export const PEERS = Symbol('PEERS');
/** NotificationChannel by name: Record<string, NotificationChannel>. */
export const CHANNELS = Symbol('CHANNELS');
/** Where the service's own plain HTTP listens: `{ host, port }`. */
export const HTTP_ADDRESS = Symbol('HTTP_ADDRESS');
/** AuditTrail: writes audit events outside a transaction. */
export const AUDIT = Symbol('AUDIT');
