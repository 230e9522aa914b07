import { describe, expect, it } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
// @ts-expect-error plain JavaScript
import { helmPath } from './helm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const chart = `${root}helm/quaywatch`;
const helm = helmPath() as string;
const cases = readdirSync(`${chart}/ci`);

interface Container {
  name: string;
  securityContext: {
    allowPrivilegeEscalation: boolean;
    readOnlyRootFilesystem: boolean;
    capabilities: { drop: string[] };
  };
  resources: { limits: { memory?: string } };
  env?: { name: string; value?: string }[];
  ports?: { containerPort: number }[];
}
interface Pod {
  automountServiceAccountToken: boolean;
  securityContext: { runAsNonRoot: boolean; seccompProfile: { type: string } };
  containers: Container[];
}
interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec: {
    type?: string;
    template?: { metadata: { labels: Record<string, string>; annotations?: Record<string, string> }; spec: Pod };
    selector?: { matchLabels: Record<string, string> };
    podMetricsEndpoints?: object[];
    podSelector?: { matchLabels: Record<string, string> };
    policyTypes?: string[];
    ingress?: { from?: { ipBlock?: object; namespaceSelector?: object }[]; ports?: { port: number }[] }[];
    ports?: { port: number }[];
  };
  data?: Record<string, string>;
}

const render = (values: string): Rendered[] =>
  (
    loadAll(
      execFileSync(helm, ['template', 'qw', chart, '-f', `${chart}/ci/${values}`], { encoding: 'utf8' }),
    ) as (Rendered | null)[]
  ).filter((object): object is Rendered => object !== null);

/** API versions that a current cluster serves; a removed or beta one must not come in. */
const known = new Set([
  'v1 ConfigMap',
  'v1 Service',
  'v1 ServiceAccount',
  'apps/v1 Deployment',
  'batch/v1 Job',
  'policy/v1 PodDisruptionBudget',
  'networking.k8s.io/v1 NetworkPolicy',
  'networking.k8s.io/v1 Ingress',
  'monitoring.coreos.com/v1 PodMonitor',
  'cert-manager.io/v1 Certificate',
]);
const ownTls = new Set(['own-tls-values.yaml', 'metrics-values.yaml']);
const measured = new Set(['metrics-values.yaml', 'metrics-annotations-values.yaml']);

describe.each(cases)('chart with %s', (values) => {
  const objects = render(values);
  const pods = objects.flatMap((object) => (object.spec?.template ? [{ object, pod: object.spec.template.spec }] : []));

  it('passes helm lint --strict', () => {
    execFileSync(helm, ['lint', '--strict', chart, '-f', `${chart}/ci/${values}`], { stdio: 'pipe' });
  });

  it('renders the same bytes twice', () => {
    expect(render(values)).toEqual(objects);
  });

  it('uses only API versions that a current cluster serves, and names that fit', () => {
    for (const object of objects) {
      expect([...known]).toContain(`${object.apiVersion} ${object.kind}`);
      expect(object.metadata.name).toMatch(/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/);
    }
  });

  it('has every service', () => {
    const names = objects.filter((object) => object.kind === 'Deployment').map((object) => object.metadata.name);
    expect(names.sort()).toEqual(
      ['alerting', 'audit-log', 'condition-analysis', 'fleet', 'gateway', 'ingest', 'user-access'].map(
        (name) => `qw-${name}`,
      ),
    );
  });

  it('keeps every pod within Pod Security restricted', () => {
    expect(pods.length).toBeGreaterThan(7);
    for (const { pod } of pods) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext.runAsNonRoot).toBe(true);
      expect(pod.securityContext.seccompProfile.type).toBe('RuntimeDefault');
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toBeDefined();
        expect(container.env ?? []).toEqual([]);
      }
    }
  });

  it('denies all traffic by default and says for every pod what it may do', () => {
    const policies = objects.filter((object) => object.kind === 'NetworkPolicy');
    const deny = policies.find((policy) => policy.metadata.name === 'qw-deny-all');
    expect(deny?.spec).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'qw' } },
      policyTypes: ['Ingress', 'Egress'],
    });
    for (const { object } of pods) {
      const labels = object.spec.template?.metadata.labels ?? {};
      const own = policies.filter(
        (policy) => policy.spec.podSelector?.matchLabels['app.kubernetes.io/name'] === labels['app.kubernetes.io/name'],
      );
      expect(own).toHaveLength(1);
    }
  });

  it('opens only the ports of devices and, when asked, the ingress to the outside', () => {
    const outside = objects.filter((object) => object.kind === 'Service' && object.spec.type !== 'ClusterIP');
    const ports = outside.map((service) => service.spec.ports?.map((port) => port.port).sort());
    const devices = values === 'all-device-ports-values.yaml' ? [443, 80, 8443, 8883] : [8443, 8883];
    expect(ports).toEqual(ownTls.has(values) ? [devices, [443]] : [devices]);
    expect(outside[0]?.metadata.name).toBe('qw-mqtt');
  });

  it('has no plain HTTP of the gateway beyond its pod when it ends TLS itself', () => {
    const own = ownTls.has(values);
    const scraped = measured.has(values) ? [9464] : [];
    const gateway = pods.find(({ object }) => object.metadata.name === 'qw-gateway')?.pod.containers[0];
    expect(gateway?.ports?.map(({ containerPort }) => containerPort)).toEqual([own ? 8443 : 8080, ...scraped, 7946]);
    const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'qw-gateway');
    expect(service?.spec.ports?.map(({ port }) => port)).toEqual([own ? 443 : 8080]);
    const policy = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'qw-gateway');
    expect(policy?.spec.ingress?.flatMap(({ ports }) => ports?.map(({ port }) => port))).toEqual([
      own ? 8443 : 8080,
      7946,
      ...scraped,
    ]);
    // What gateways tell each other comes from gateways only.
    expect(policy?.spec.ingress?.[1]).toEqual({
      from: [{ podSelector: policy?.spec.podSelector }],
      ports: [{ port: 7946, protocol: 'UDP' }],
    });
    const settings = Object.assign(
      {},
      ...objects.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data),
    ) as {
      [name: string]: string;
    };
    expect([settings.PLAIN_HTTP, settings.HTTP_HOST]).toEqual(
      own ? [undefined, '127.0.0.1'] : ['behind-proxy', undefined],
    );
  });

  it('lets devices through to exactly the ports that ingest has open', () => {
    const all = values === 'all-device-ports-values.yaml';
    const open = all ? ['8085', '8443', '8883', '8884'] : ['8443', '8883'];
    const ingest = pods.find(({ object }) => object.metadata.name === 'qw-ingest');
    const ports = (ingest?.pod.containers[0]?.ports ?? []).map(({ containerPort }) => String(containerPort));
    const probed = values === 'plain-inside-values.yaml' ? [] : ['8081'];
    expect(ports.sort()).toEqual(['8080', ...probed, ...open, ...(measured.has(values) ? ['9464'] : [])].sort());
    const policy = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'qw-ingest');
    const edge = policy?.spec.ingress?.find(({ from }) => from?.some(({ ipBlock }) => ipBlock !== undefined));
    expect(edge?.ports?.map(({ port }) => String(port)).sort()).toEqual(open);
    const environment = objects.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    const { MQTT_PORT, MQTT_WS_PORT, EST_PORT, PKI_HTTP_PORT, PKI_PUBLIC_URL } = environment;
    expect([PKI_HTTP_PORT, EST_PORT, MQTT_PORT, MQTT_WS_PORT].filter((port) => port !== undefined)).toEqual(open);
    expect(PKI_PUBLIC_URL).toBe(all ? 'http://pki.quaywatch.example.com' : undefined);
  });

  it('lets Prometheus, when asked, reach the metrics of every service and nothing else, through no Service', () => {
    const on = measured.has(values);
    const monitors = objects.filter(({ kind }) => kind === 'PodMonitor');
    expect(monitors).toHaveLength(values === 'metrics-values.yaml' ? 1 : 0);
    if (monitors[0]) {
      expect(monitors[0].metadata.labels?.release).toBe('prometheus');
      expect(monitors[0].spec.podMetricsEndpoints).toEqual([{ port: 'metrics', path: '/metrics', interval: '30s' }]);
      expect(monitors[0].spec.selector).toEqual({ matchLabels: { 'app.kubernetes.io/instance': 'qw' } });
    }
    for (const { object, pod } of pods.filter(({ object: { kind } }) => kind === 'Deployment')) {
      const named = pod.containers[0]?.ports?.filter(({ containerPort }) => containerPort === 9464);
      expect(named).toEqual(on ? [{ name: 'metrics', containerPort: 9464 }] : []);
      expect(object.spec.template?.metadata.annotations?.['prometheus.io/port']).toBe(
        values === 'metrics-annotations-values.yaml' ? '9464' : undefined,
      );
      const policy = objects.find(
        ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === object.metadata.name,
      );
      const open = policy?.spec.ingress?.filter(({ ports }) => ports?.some(({ port }) => port === 9464));
      const namespace = values === 'metrics-values.yaml' ? 'observability' : 'monitoring';
      const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }];
      expect(open).toEqual(on ? [{ from, ports: [{ port: 9464 }] }] : []);
    }
    const services = objects.filter(({ kind }) => kind === 'Service').flatMap(({ spec }) => spec.ports ?? []);
    expect(JSON.stringify(services)).not.toMatch(/9464|metrics/);
    const environment = objects.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    expect(environment.METRICS_PORT).toBe(on ? '9464' : undefined);
  });

  it('lets services talk over mutual TLS, and to the database over TLS, unless told otherwise', () => {
    const plain = values === 'plain-inside-values.yaml';
    const issued = values === 'issued-certificates-values.yaml';
    const environment = objects.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    for (const name of ['FLEET', 'USER_ACCESS', 'AUDIT_LOG', 'ALERTING', 'CONDITION_ANALYSIS', 'INGEST'])
      expect(environment[`${name}_URL`]?.startsWith('https://')).toBe(!plain);
    expect(environment.INTERNAL_TLS_CA_FILE).toBe(
      plain ? undefined : issued ? '/internal-tls/ca.crt' : '/secrets/internal-tls-ca',
    );
    const authority = issued ? '&sslrootcert=/database-ca/ca.crt' : '';
    const sslMode = plain ? 'disable' : 'verify-full';
    const url = `postgres://postgres-rw.data:5432/quaywatch?sslmode=${sslMode}${authority}`;
    expect(environment.DATABASE_URL).toBe(url);
    const job = pods.find(({ object: { kind } }) => kind === 'Job')?.pod.containers[0] as { args?: string[] };
    expect(job.args).toContain(url);
    for (const { object, pod } of pods.filter(({ object: { kind } }) => kind === 'Deployment')) {
      const container = pod.containers[0] as unknown as { readinessProbe: { httpGet: { port: string } } };
      const edge = object.metadata.name === 'qw-gateway';
      const edgePort = ownTls.has(values) ? 'https' : 'http';
      expect(container.readinessProbe.httpGet.port).toBe(edge ? edgePort : plain ? 'http' : 'health');
    }
    const certificates = objects.filter(({ kind }) => kind === 'Certificate') as unknown as {
      spec: { dnsNames: string[] };
    }[];
    const hosts = certificates.flatMap(({ spec }) => spec.dnsNames);
    expect(hosts).toHaveLength(issued ? 7 : 0);
    if (issued) expect(hosts).toContain(new URL(environment.USER_ACCESS_URL ?? '').hostname);
  });

  it('puts no secret into the render', () => {
    expect(objects.some((object) => object.kind === 'Secret')).toBe(false);
    const text = JSON.stringify(objects.filter((object) => object.kind === 'ConfigMap'));
    expect(text).not.toMatch(/password|secret_key/i);
  });
});

describe('values.schema.json', () => {
  it.each([
    ['a misspelt key', ['--set', 'databse.host=x']],
    ['plain http that is not loopback', ['--set', 'publicUrl=http://example.com']],
    ['Kafka without brokers', ['--set', 'eventLog.kafka.brokers=']],
    ['an unknown log', ['--set', 'eventLog.type=rabbit']],
    ['a port that is none', ['--set', 'mqtt.estPort=70000']],
    ['an address of revocation lists that is not plain', ['--set', 'mqtt.pkiUrl=https://x']],
    ['an interval that is none', ['--set', 'metrics.interval=soon']],
    ['an unknown service', ['--set', 'services.extra.replicas=1']],
  ])('refuses %s', (_, extra) => {
    const run = spawnSync(helm, ['template', 'qw', chart, '-f', `${chart}/ci/default-values.yaml`, ...extra], {
      encoding: 'utf8',
    });
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain("values don't meet the specifications");
  });
});

describe('docker-compose.yml', () => {
  interface ComposeService {
    networks?: string[];
    ports?: string[];
  }
  const compose = load(readFileSync(`${root}docker-compose.yml`, 'utf8')) as {
    services: Record<string, ComposeService>;
    networks: Record<string, { internal?: boolean }>;
  };

  it('publishes only the gateway on loopback and the ports of devices', () => {
    const published = Object.entries(compose.services).filter(([, service]) => service.ports);
    expect(published.map(([name]) => name).sort()).toEqual(['gateway', 'ingest']);
    expect(compose.services.gateway?.ports).toEqual(['127.0.0.1:8080:8080']);
    const inside = compose.services.ingest?.ports?.map((port) => port.split(':').at(-1));
    expect(inside).toEqual(['8883', '8443', '8884', '8085']);
  });

  it('keeps every other service on the internal network alone', () => {
    expect(compose.networks.core?.internal).toBe(true);
    const outside = Object.entries(compose.services).filter(([, service]) => service.networks?.includes('edge'));
    expect(outside.map(([name]) => name).sort()).toEqual(['alerting', 'gateway', 'ingest']);
  });
});

describe('mail about accounts', () => {
  const egress = (...set: string[]): number[][] => {
    const text = execFileSync(helm, ['template', 'qw', chart, '-f', `${chart}/ci/default-values.yaml`, ...set], {
      encoding: 'utf8',
    });
    const policy = (loadAll(text) as (Rendered & { spec: { egress?: { ports: { port: number }[] }[] } })[]).find(
      (object) => object?.kind === 'NetworkPolicy' && object.metadata.name === 'qw-user-access',
    );
    return (policy?.spec.egress ?? []).map(({ ports }) => ports.map(({ port }) => port));
  };

  it.each([
    ['smtp://quaywatch@mail.example.com:2525', 2525],
    ['smtp://mail.example.com', 587],
    ['smtps://mail.example.com', 465],
  ])('goes out to %s by port %i alone, and to nowhere without one', (url, port) => {
    expect(egress('--set', `extraEnv.SMTP_URL=${url}`)).toEqual([...egress(), [port]]);
  });
});
