import { routes, type Permission, type RouteDefinition, type RouteId } from '@quaywatch/contracts';
import { organisationWide } from '@quaywatch/domain/access';
import type { Browser } from '../../services/gateway/test/browser';
import { strangeAuthority } from '../../services/ingest/test/test-authority';
import { makeRequest } from '../../services/ingest/test/test-device';
import { poison, raiseAlarm, type Place } from './places';
import type { WholePlatform } from './whole-platform';

/** A request to one operation. */
export interface Ask {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What an organisation has beside its terminals. */
export interface Organisation {
  readonly org: string;
  readonly admin: Browser;
  readonly webhook: string;
  readonly user: string;
  readonly client: string;
  /** An event that ingest has put aside. */
  readonly deadLetter: string;
  readonly markers: readonly string[];
}

/** What a case may use to make its request. */
export interface Given {
  readonly platform: WholePlatform;
  readonly place: Place;
  readonly organisation: Organisation;
  /** Never the same twice. */
  readonly n: number;
  /** True when the call is expected to go through: then things that it uses up are made fresh. */
  readonly fresh: boolean;
}

/** How one operation is tried. */
export interface Case {
  /**
   * What it is about: a thing at a terminal; a list cut to what one may see; a thing of the whole organisation; a change
   * that adds to the whole organisation (no thing to name); or only the caller.
   */
  readonly about: 'terminal' | 'list' | 'organisation thing' | 'organisation' | 'self';
  /** What a list of one's own place must show, so that seeing nothing elsewhere proves something; else its name. */
  readonly shows?: RegExp;
  /** A role at one terminal is not enough, whatever it is about. */
  readonly everywhere?: true;
  /** Permission that this request needs beside the operation's own. */
  readonly also?: Permission;
  readonly ask: (given: Given) => Ask | Promise<Ask>;
  /** Answers beside success that also say that the call was let through to the decision (409: taken already, say). */
  readonly through?: readonly number[];
}

const spreader = { about: 'terminal', ask: ({ place }: Given) => ({ params: { id: place.spreader } }) } as const;
const list = (extra: Record<string, string> = {}): Case => ({ about: 'list', ask: () => ({ query: extra }) });
const atTerminal: Case = { about: 'list', ask: ({ place }) => ({ query: { terminal: place.terminal } }) };
const day = 86_400_000;
const ofLastDay = (more: Record<string, string> = {}): Case => ({
  about: 'terminal',
  ask: ({ place }) => ({
    params: { id: place.spreader },
    query: { ...more, from: new Date(Date.now() - day).toISOString(), to: new Date(Date.now() + day).toISOString() },
  }),
});
const exportOf = { dataset: 'moves', format: 'csv', from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
const deadLetter = (body?: object): Case => ({
  about: 'organisation thing',
  ask: async ({ platform, organisation, fresh }) => ({
    params: { service: 'ingest', id: fresh ? await poison(platform, organisation) : organisation.deadLetter },
    body,
  }),
  // What is released as it was fails again.
  through: [409],
});

/** A person to change: made for this call where it goes through, else the organisation's administrator. */
const person =
  (body?: object): Case['ask'] =>
  async ({ organisation, n, fresh }) => {
    if (!fresh) return { params: { id: organisation.user }, body };
    const made = await organisation.admin.json('POST', '/v1/users', {
      name: 'Some One',
      email: `p${n}@${organisation.org.slice(-1)}.example.com`,
      roles: [{ role: 'viewer', scope: 'organisation' }],
    });
    return { params: { id: (JSON.parse(made.text) as { id: string }).id }, body };
  };
const onPerson = (body?: object): Case => ({ about: 'organisation thing', ask: person(body) });
/** A group of an identity provider, made for this call. */
const scimGroup = (body?: object): Case => ({
  about: 'organisation thing',
  ask: async ({ organisation, n }) => {
    const made = await organisation.admin.json('POST', '/v1/scim/v2/Groups', { displayName: `Group of ${n}` });
    return { params: { id: (JSON.parse(made.text) as { id: string }).id }, body };
  },
});
const deviceChange = (): Case => ({
  about: 'terminal',
  ask: ({ place }) => ({ params: { id: place.btu }, body: { reason: 'matrix' } }),
  // It is not in the state that this changes.
  through: [409],
});

const lastDay = (): { from: string; to: string } => ({
  from: new Date(Date.now() - day / 2).toISOString(),
  to: new Date(Date.now() + day / 4).toISOString(),
});
const stop = (): object => ({
  from: new Date(Date.now() - 600_000).toISOString(),
  to: null,
  cause: 'equipment',
  ending: 'repair',
  root_cause: 'TL[1]',
  times: null,
});
const rule = {
  name: 'Matrix',
  expression: 'num("hyd.press") < 10.0',
  form: null,
  component: 'HYD.P',
  level: 'watch',
  risk: 'production',
  hold: 10,
  action: 'Look',
  repairHours: 1,
  models: [],
  spreaders: ['none'],
};
const aRule = async ({ admin }: Organisation): Promise<string> =>
  (JSON.parse((await admin.json('POST', '/v1/rules', rule)).text) as { id: string }).id;
/** Settings that are never the same twice. */
const setting = (n: number): { changes: object[]; reason: string } => ({
  changes: [{ setting: 'advice/wait-hours', value: 1 + n / 100_000 }],
  reason: 'matrix',
});
const anEdit = async ({ admin }: Organisation, { terminal }: Place, n: number): Promise<string> => {
  const made = await admin.json('POST', '/v1/settings/edits', { ...setting(n), scope: 'terminal', of: terminal });
  return (JSON.parse(made.text) as { id: string }).id;
};
const fitted = async ({ admin }: Organisation, { spreader }: Place, n: number): Promise<string> => {
  const body = { kind: 'twistlock', serial: `M${n}`, position: 'TL[2]' };
  return (JSON.parse((await admin.json('POST', `/v1/spreaders/${spreader}/components`, body)).text) as { id: string })
    .id;
};

const anIncident = async ({ admin, org }: Organisation): Promise<string> => {
  const made = await admin.json('POST', '/v1/incidents', { title: `Incident of ${org}`, description: 'matrix' });
  return (JSON.parse(made.text) as { id: string }).id;
};

/** One case for every operation of the contract; the matrix fails when one is missing. */
export const cases: Readonly<Record<RouteId, Case>> = {
  me: { about: 'self', ask: () => ({}) },
  listTerminals: list(),
  createTerminal: {
    about: 'organisation',
    ask: ({ n }) => ({ body: { name: `Terminal number ${n}`, time_zone: 'UTC' } }),
  },
  listCranes: atTerminal,
  createCrane: {
    about: 'terminal',
    ask: ({ place, n }) => ({ body: { number: `C${n}`, terminal_id: place.terminal, type: 'sts' } }),
  },
  createSpreader: {
    about: 'terminal',
    ask: ({ place, n }) => ({
      body: {
        number: `S${n}`,
        serial: `S${n}`,
        model: 'm',
        type: 'sts_twin',
        drive: 'electric',
        terminal_id: place.terminal,
      },
    }),
  },
  assignSpreader: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.spreader }, body: { crane_id: place.crane } }),
    through: [409],
  },
  bindBtu: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.spreader }, body: { btu: place.btu } }),
    through: [409],
  },
  attention: atTerminal,
  listSpreaders: atTerminal,
  getSpreader: spreader,
  getSpreaderHealth: spreader,
  listMoves: spreader,
  listDeviceMoves: spreader,
  listBursts: spreader,
  getBurst: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.spreader, burst: place.burst } }) },
  getCommandLog: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.btu, command: 'cmd_none' } }),
    through: [409],
  },
  compareMoves: ofLastDay(),
  getDistribution: ofLastDay({ signal: 'hyd.oilTemp' }),
  listRefusals: { about: 'organisation', ask: () => ({}) },
  getSeries: {
    about: 'terminal',
    ask: ({ place }) => ({
      params: { id: place.spreader },
      query: {
        signals: 'hyd.oilTemp',
        from: new Date(Date.now() - day).toISOString(),
        to: new Date(Date.now() + day).toISOString(),
      },
    }),
  },
  getSpreaderTic40: spreader,
  getSpreaderNodeSet: spreader,
  aempFleet: { about: 'list', ask: () => ({ params: { page: '1' } }) },
  aempEquipment: spreader,
  aempFaults: {
    about: 'terminal',
    ask: ({ place }) => ({
      params: {
        id: place.spreader,
        from: new Date(Date.now() - day).toISOString(),
        to: new Date(Date.now() + day).toISOString(),
        page: '1',
      },
    }),
  },
  createExport: {
    about: 'terminal',
    also: 'moves.read',
    ask: ({ place }) => ({ body: { ...exportOf, terminal: place.terminal, spreader: place.spreader } }),
    through: [429],
  },
  // Exports are their maker's alone: to all these callers, others' do not exist.
  listExports: { about: 'self', ask: () => ({}) },
  getExport: { about: 'self', ask: () => ({ params: { id: 'exp_nobodys' } }), through: [404] },
  getExportFile: { about: 'self', ask: () => ({ params: { id: 'exp_nobodys' } }), through: [404] },
  deleteExport: { about: 'self', ask: () => ({ params: { id: 'exp_nobodys' } }), through: [404] },
  getKpis: {
    about: 'list',
    ask: ({ place }) => ({ query: { ...lastDay(), terminal: place.terminal, group_by: 'spreader' } }),
  },
  listStops: { about: 'list', ask: ({ place }) => ({ query: { ...lastDay(), terminal: place.terminal } }) },
  recordStop: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.spreader }, body: stop() }) },
  correctStop: {
    about: 'terminal',
    ask: async ({ place, organisation }) => {
      const made = await organisation.admin.json('POST', `/v1/spreaders/${place.spreader}/stops`, stop());
      return { params: { id: (JSON.parse(made.text) as { id: string }).id }, body: stop() };
    },
  },
  getCoverage: spreader,
  getRemainingLife: spreader,
  getReplay: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.spreader }, query: lastDay() }) },
  listRules: { about: 'self', ask: () => ({}) },
  getRule: {
    about: 'organisation thing',
    ask: async ({ organisation }) => ({ params: { id: await aRule(organisation) } }),
  },
  draftRule: { about: 'organisation', ask: () => ({ body: rule }) },
  changeRule: {
    about: 'organisation thing',
    everywhere: true,
    ask: async ({ organisation, n }) => ({
      params: { id: await aRule(organisation) },
      body: { ...rule, name: `Rule ${n}` },
    }),
  },
  // Its author may not approve it, and what is not on cannot be switched off: both say that the call came through.
  approveRule: {
    about: 'organisation thing',
    everywhere: true,
    ask: async ({ organisation }) => ({
      params: { id: await aRule(organisation) },
      body: { version: 2, reason: 'matrix' },
    }),
    through: [404, 409],
  },
  switchRuleOff: {
    about: 'organisation thing',
    everywhere: true,
    ask: async ({ organisation }) => ({ params: { id: await aRule(organisation) }, body: { reason: 'matrix' } }),
    through: [409],
  },
  checkRule: { about: 'self', ask: () => ({ body: { expression: rule.expression, form: null } }) },
  backTestRule: { about: 'self', ask: () => ({ body: { text: rule, ...lastDay() } }) },
  listPassports: list(),
  getPassport: {
    about: 'terminal',
    ask: async ({ place, organisation, n }) => ({ params: { id: await fitted(organisation, place, n) } }),
  },
  fitComponent: {
    about: 'terminal',
    ask: ({ place, n }) => ({
      params: { id: place.spreader },
      body: { kind: 'twistlock', serial: `F${n}`, position: 'TL[1]' },
    }),
  },
  removeComponent: {
    about: 'terminal',
    ask: async ({ place, organisation, n }) => ({
      params: { id: place.spreader, serial: await fitted(organisation, place, n) },
      body: { reason: 'matrix' },
    }),
  },
  listSettings: { about: 'terminal', ask: ({ place }) => ({ query: { scope: 'terminal', of: place.terminal } }) },
  listSettingEdits: { about: 'self', ask: () => ({}) },
  editSettings: {
    about: 'terminal',
    ask: ({ place, n }) => ({ body: { ...setting(n), scope: 'terminal', of: place.terminal } }),
  },
  // Nobody waits for a second person here: that it was decided already says that the call came through.
  decideSettingEdit: {
    about: 'terminal',
    ask: async ({ organisation, place, n }) => ({
      params: { id: await anEdit(organisation, place, n) },
      body: { outcome: 'rejected', reason: 'matrix' },
    }),
    through: [409],
  },
  revertSettingEdit: {
    about: 'terminal',
    ask: async ({ organisation, place, n }) => ({
      params: { id: await anEdit(organisation, place, n) },
      body: { reason: 'matrix' },
    }),
  },
  backTestSettings: {
    about: 'terminal',
    ask: ({ place, n }) => {
      const { changes } = setting(n);
      return { body: { changes, scope: 'terminal', of: place.terminal, ...lastDay() } };
    },
  },
  listModels: { about: 'self', ask: () => ({}) },
  progressFinding: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.finding }, body: { state: 'accepted' } }),
  },
  judgeFinding: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.finding }, body: { verdict: 'confirmed' } }),
  },
  getPrecision: {
    about: 'list',
    shows: /"raised":[1-9]/,
    ask: ({ place }) => ({ query: { ...lastDay(), terminal: place.terminal } }),
  },
  traceFinding: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.finding } }) },
  listFindings: atTerminal,
  getFinding: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.finding } }) },
  listAlarms: { about: 'list', ask: ({ place }) => ({ query: { terminal: place.terminal, state: 'all' } }) },
  getAlarm: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.alarm } }) },
  takeAlarm: {
    about: 'terminal',
    ask: async ({ platform, place, n, fresh }) => ({
      params: {
        id: fresh ? await raiseAlarm(platform, { ...place, component: `TL[${n}]` }) : place.alarm,
      },
      body: {},
    }),
  },
  listWebhookEndpoints: { about: 'organisation', ask: () => ({}) },
  createWebhookEndpoint: {
    about: 'organisation',
    ask: ({ n }) => ({ body: { url: `https://partner-${n}.example.com/hook` } }),
    through: [409],
  },
  getWebhookEndpoint: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { id: organisation.webhook } }),
  },
  deleteWebhookEndpoint: {
    about: 'organisation thing',
    ask: async ({ organisation, n, fresh }) => {
      if (!fresh) return { params: { id: organisation.webhook } };
      const url = `https://gone-${n}.example.com/hook`;
      const made = await organisation.admin.json('POST', '/v1/webhook-endpoints', { url });
      return { params: { id: (JSON.parse(made.text) as { id: string }).id } };
    },
  },
  rotateWebhookSecret: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { id: organisation.webhook } }),
  },
  enableWebhookEndpoint: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { id: organisation.webhook } }),
  },
  testWebhookEndpoint: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { id: organisation.webhook } }),
    through: [409],
  },
  retryDelivery: {
    about: 'organisation thing',
    ask: async ({ platform, organisation, n }) => {
      const delivery = `dlv_matrix_${n}`;
      await platform.services.store('alerting').transact((tx) =>
        tx.query(
          `insert into delivery (org, delivery, endpoint, alarm, payload, state, attempts, created_at)
           values ($1, $2, $3, 'alm_matrix', '{}', 'failed', 10, 0) on conflict do nothing`,
          [organisation.org, delivery, organisation.webhook],
        ),
      );
      return { params: { id: organisation.webhook, delivery } };
    },
  },
  listDeliveries: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { id: organisation.webhook } }),
  },
  listDevices: list(),
  enrolDevice: {
    about: 'organisation',
    ask: async ({ n }) => ({ body: { btu: `unit-${n}`, csr: (await makeRequest(`unit-${n}`)).csr } }),
  },
  claimDevice: { about: 'organisation', ask: ({ n }) => ({ params: { id: `claimed-${n}` }, body: {} }) },
  listAuthorities: { about: 'organisation', ask: () => ({}) },
  rotateAuthority: { about: 'organisation', ask: () => ({}) },
  registerAuthority: {
    about: 'organisation',
    ask: async ({ n }) => ({
      body: { name: `maker ${n}`, certificate: (await strangeAuthority(`Maker ${n}`)).certificatePem, quota: 1 },
    }),
  },
  // Of none of theirs: retiring one that is in use would take the devices of the other cases away.
  retireAuthority: {
    about: 'organisation',
    ask: ({ n }) => ({ params: { id: `cau_none${n}` }, body: { reason: 'matrix' } }),
    through: [404],
  },
  getDevice: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.btu } }) },
  approveDevice: deviceChange(),
  rejectDevice: deviceChange(),
  quarantineDevice: deviceChange(),
  releaseDevice: deviceChange(),
  sendCommand: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.btu }, body: { kind: 'rebirth' } }),
  },
  listCommands: { about: 'terminal', ask: ({ place }) => ({ params: { id: place.btu } }) },
  publishFirmware: {
    about: 'organisation',
    ask: () => ({ body: { manifest: '{}', signature: 'A'.repeat(40) } }),
    through: [400, 409],
  },
  sendFirmwarePart: {
    about: 'organisation',
    ask: ({ n }) => ({ params: { id: `fmw_none${n}` }, body: { offset: 0, data_base64: 'AAAA' } }),
    through: [404],
  },
  listFirmware: { about: 'organisation', ask: () => ({}) },
  startRollout: {
    about: 'organisation',
    ask: ({ n, place }) => ({ body: { firmware_id: `fmw_none${n}`, devices: [place.btu] } }),
    through: [404],
  },
  listRollouts: { about: 'organisation', ask: () => ({}) },
  getRollout: { about: 'organisation', ask: ({ n }) => ({ params: { id: `rol_none${n}` } }), through: [404] },
  advanceRollout: {
    about: 'organisation',
    ask: ({ n }) => ({ params: { id: `rol_none${n}` }, body: {} }),
    through: [404],
  },
  stopRollout: {
    about: 'organisation',
    ask: ({ n }) => ({ params: { id: `rol_none${n}` }, body: { reason: 'matrix' } }),
    through: [404],
  },
  getCompleteness: spreader,
  revokeDevice: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.btu }, body: { reason: 'matrix' } }),
  },
  listQuarantine: list(),
  replayQuarantined: {
    about: 'terminal',
    ask: ({ place }) => ({ params: { id: place.frame } }),
    // What could not be decoded still cannot.
    through: [409],
  },
  listUsers: { about: 'organisation', ask: () => ({}) },
  inviteUser: {
    about: 'organisation',
    ask: ({ n }) => ({
      body: { name: 'Some One', email: `n${n}@example.com`, roles: [{ role: 'viewer', scope: 'organisation' }] },
    }),
  },
  getUser: onPerson(),
  grantRole: onPerson({ role: 'planner', scope: 'organisation' }),
  revokeRole: onPerson({ role: 'viewer', scope: 'organisation' }),
  disableUser: onPerson({ reason: 'matrix' }),
  enableUser: onPerson(),
  resetFactors: onPerson(),
  listUserSessions: onPerson(),
  endUserSessions: onPerson(),
  listOwnSessions: { about: 'self', ask: () => ({}) },
  endOwnSession: { about: 'self', ask: () => ({ params: { id: 'ses_nobodys' } }), through: [404] },
  getAccessPolicy: { about: 'organisation', ask: () => ({}) },
  setAccessPolicy: { about: 'organisation', ask: () => ({ body: { second_factor: 'off' } }) },
  listApiClients: { about: 'organisation', ask: () => ({}) },
  createApiClient: {
    about: 'organisation',
    ask: ({ n }) => ({ body: { name: `Program ${n}`, roles: [{ role: 'partner', scope: 'organisation' }] } }),
  },
  revokeApiClient: {
    about: 'organisation thing',
    ask: async ({ organisation, n, fresh }) => {
      if (!fresh) return { params: { id: organisation.client } };
      const body = { name: `Gone ${n}`, roles: [{ role: 'partner', scope: 'organisation' }] };
      const made = await organisation.admin.json('POST', '/v1/api-clients', body);
      return { params: { id: (JSON.parse(made.text) as { id: string }).id } };
    },
  },
  rotateApiClient: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { id: organisation.client } }),
  },
  getApiClientUsage: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { id: organisation.client } }),
  },
  getOwnUsage: { about: 'self', ask: () => ({}) },
  listSandboxScenarios: { about: 'self', ask: () => ({}) },
  // Too many wait: nothing takes them here.
  startSandboxRun: { about: 'organisation', ask: () => ({ body: { scenario: 'fault' } }), through: [409] },
  listSandboxRuns: { about: 'self', ask: () => ({}) },
  getSandboxRun: { about: 'self', ask: () => ({ params: { id: 'sbr_nobodys' } }), through: [404] },
  getOwnSecurity: { about: 'self', ask: () => ({}) },
  dismissNotice: { about: 'self', ask: () => ({ params: { id: 'ntc_nobodys' } }), through: [404] },
  // Consents are their person's alone; none of these has any.
  listConsents: { about: 'self', ask: () => ({}) },
  endConsent: { about: 'self', ask: () => ({ params: { id: 'nobodys' } }), through: [404] },
  changePassword: {
    about: 'self',
    ask: ({ n }) => ({ body: { current: `not the present one ${n}`, next: 'nine gulls on a mooring line' } }),
    // The present password is not known to the matrix; after a few guesses it must wait.
    through: [400, 429],
  },
  beginPasskey: { about: 'self', ask: () => ({}) },
  addPasskey: { about: 'self', ask: () => ({ body: { name: 'Key', response: { id: 'x' } } }), through: [400] },
  removePasskey: { about: 'self', ask: () => ({ params: { id: 'nobodys' } }), through: [404] },
  beginTotp: { about: 'self', ask: () => ({}) },
  confirmTotp: { about: 'self', ask: () => ({ body: { code: '000000' } }), through: [400, 429] },
  removeTotp: { about: 'self', ask: () => ({}), through: [404] },
  newRecoveryCodes: { about: 'self', ask: () => ({}), through: [409] },
  exportOwnData: { about: 'self', ask: () => ({}) },
  scimServiceProviderConfig: { about: 'organisation', ask: () => ({}) },
  scimResourceTypes: { about: 'organisation', ask: () => ({}) },
  scimSchemas: { about: 'organisation', ask: () => ({}) },
  listScimUsers: { about: 'organisation', ask: () => ({}) },
  createScimUser: { about: 'organisation', ask: ({ n }) => ({ body: { userName: `scim${n}@example.com` } }) },
  getScimUser: onPerson(),
  replaceScimUser: {
    ...onPerson(),
    ask: async (given) => ({ ...(await person()(given)), body: { userName: `renamed${given.n}@example.com` } }),
  },
  patchScimUser: onPerson({ Operations: [{ op: 'replace', path: 'displayName', value: 'Some One Else' }] }),
  deleteScimUser: onPerson(),
  listScimGroups: { about: 'organisation', ask: () => ({}) },
  createScimGroup: { about: 'organisation', ask: ({ n }) => ({ body: { displayName: `Group ${n}` } }) },
  getScimGroup: scimGroup(),
  replaceScimGroup: {
    ...scimGroup(),
    ask: async (given) => ({ ...(await scimGroup().ask(given)), body: { displayName: `Renamed ${given.n}` } }),
  },
  patchScimGroup: scimGroup({ Operations: [{ op: 'remove', path: 'members' }] }),
  deleteScimGroup: scimGroup(),
  eraseUser: onPerson(),
  listRoles: { about: 'organisation', ask: () => ({}) },
  createRole: {
    about: 'organisation',
    ask: ({ n }) => ({ body: { name: `Crew ${n}`, permissions: ['alarms.read'] } }),
  },
  changeRole: {
    about: 'organisation',
    ask: ({ n }) => ({ params: { id: `rol_none${n}` }, body: { name: 'x', permissions: ['alarms.read'] } }),
    through: [404],
  },
  retireRole: { about: 'organisation', ask: ({ n }) => ({ params: { id: `rol_none${n}` } }), through: [404] },
  listDelegations: { about: 'organisation', ask: () => ({}) },
  createDelegation: {
    about: 'organisation',
    ask: ({ place }) => ({
      body: {
        partner: 'org_nobody',
        permissions: ['alarms.read'],
        scope: { terminals: [place.terminal] },
        until: new Date(Date.now() + day).toISOString(),
        reason: 'matrix',
      },
    }),
    // There is no such partner: nobody is really let in.
    through: [400],
  },
  endDelegation: { about: 'organisation', ask: ({ n }) => ({ params: { id: `dgt_none${n}` } }), through: [404] },
  listOwnOrganisations: { about: 'self', ask: () => ({}) },
  chooseOrganisation: { about: 'self', ask: () => ({ body: { id: 'org_nobody' } }), through: [404] },
  listApprovals: { about: 'organisation', ask: () => ({}) },
  decideApproval: {
    about: 'organisation',
    ask: ({ n }) => ({ params: { id: `apr_none${n}` }, body: { outcome: 'rejected', reason: 'matrix' } }),
    through: [404],
  },
  // Too short a reason: nobody of the matrix really becomes administrator.
  breakGlass: { about: 'organisation', ask: () => ({ body: { reason: 'matrix' } }), through: [400] },
  listReviews: { about: 'organisation', ask: () => ({}) },
  openReview: {
    about: 'organisation',
    ask: () => ({ body: { due_at: new Date(Date.now() + day).toISOString() } }),
  },
  decideReviewItem: {
    about: 'organisation',
    ask: ({ n }) => ({ params: { id: `arv_none${n}`, item: '1' }, body: { outcome: 'keep' } }),
    through: [404],
  },
  closeReview: { about: 'organisation', ask: ({ n }) => ({ params: { id: `arv_none${n}` } }), through: [404] },
  listAuditEvents: { about: 'organisation', ask: () => ({ query: { limit: '1000' } }) },
  verifyAudit: { about: 'organisation', ask: () => ({}) },
  exportAudit: { about: 'organisation', ask: () => ({ query: { limit: '10000' } }) },
  listIncidents: { about: 'organisation', ask: () => ({ query: { limit: '1000' } }) },
  getIncident: {
    about: 'organisation thing',
    ask: async ({ organisation }) => ({ params: { id: await anIncident(organisation) } }),
  },
  reportIncident: { about: 'self', ask: ({ n }) => ({ body: { title: `Report ${n}`, description: 'matrix' } }) },
  assessIncident: {
    about: 'organisation thing',
    ask: async ({ organisation }) => ({
      params: { id: await anIncident(organisation) },
      body: { people_at_risk: 'no', level: 'low', scope: 'matrix' },
    }),
  },
  // Nobody has judged it yet: that is said to who may close it only.
  closeIncident: {
    about: 'organisation thing',
    ask: async ({ organisation }) => ({
      params: { id: await anIncident(organisation) },
      body: { outcome: 'accepted', reason: 'matrix' },
    }),
    through: [409],
  },
  listDeadLetters: { about: 'organisation', ask: () => ({ params: { service: 'ingest' } }) },
  getDeadLetter: {
    about: 'organisation thing',
    ask: ({ organisation }) => ({ params: { service: 'ingest', id: organisation.deadLetter } }),
  },
  editDeadLetter: deadLetter({ replacement: null, reason: 'matrix' }),
  releaseDeadLetter: deadLetter({ reason: 'matrix' }),
  discardDeadLetter: deadLetter({ reason: 'matrix' }),
  eventStream: { about: 'list', ask: () => ({}) },
};

/** All operations. */
export const allRoutes: readonly RouteDefinition[] = Object.values(routes);

/** What a caller holds, and where: `terminal` = only at the first terminal of organisation A. */
export interface Caller {
  readonly role: string;
  readonly scope: 'organisation' | 'terminal';
  readonly permissions: readonly Permission[];
}

/** Whose thing it is, seen from the caller: their own terminal, another of their organisation, or another organisation. */
export type Where = 'own' | 'other' | 'foreign';

/** What the answer must be: let through, refused (403), or as if the thing did not exist (404). Lists are always answered. */
export function expected(
  caller: Caller,
  route: RouteDefinition,
  { about, everywhere, also }: Case,
  where: Where,
): 'through' | 403 | 404 {
  const { permission } = route;
  if (permission !== null && permission !== 'public') {
    if (!caller.permissions.includes(permission)) return 403;
    if (caller.scope === 'terminal' && organisationWide.has(permission)) return 403;
  }
  if (caller.scope === 'terminal' && (about === 'organisation' || everywhere)) return 403;
  if (also && !caller.permissions.includes(also)) return 403;
  if (about === 'terminal') {
    if (where === 'foreign') return 404;
    if (where === 'other' && caller.scope === 'terminal') return 404;
  }
  if (about === 'organisation thing' && where === 'foreign') return 404;
  return 'through';
}

/** The address of a request. */
export function addressOf(route: RouteDefinition, { params = {}, query = {} }: Ask): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams(query).toString();
  return search ? `${path}?${search}` : path;
}
