import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { ChangeForm } from '../change/fields';
import { useChange } from '../change/use-change';
import { Card } from '../parts/card';

/** Bytes of every part but the last, as the API wants them. */
const part = 65_536;

const base64 = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};

/** Hands in a firmware: the signed manifest, then the artefact in parts. A transfer that broke off goes on where it stopped. */
export function PublishCard() {
  const { t } = useTranslation();
  const change = useChange('firmware');
  const [manifest, setManifest] = useState<File | null>(null);
  const [artefact, setArtefact] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const send = (): void =>
    void change
      .make(async () => {
        if (!manifest || !artefact) return;
        let signed: unknown;
        try {
          signed = JSON.parse(await manifest.text());
        } catch (cause) {
          throw new Error(t('firmware.noManifest'), { cause });
        }
        let firmware = await request('publishFirmware', { body: signed });
        while (firmware.state === 'uploading') {
          setSent(firmware.received / firmware.size);
          const from = firmware.received;
          const bytes = new Uint8Array(await artefact.slice(from, from + part).arrayBuffer());
          if (bytes.length === 0) throw new Error(t('firmware.tooShort'));
          firmware = await request('sendFirmwarePart', {
            path: { id: firmware.id },
            body: { offset: from, data_base64: base64(bytes) },
          });
        }
        return t('firmware.handedIn', { version: firmware.version });
      })
      .finally(() => setSent(null));
  return (
    <Card title={t('firmware.publish')}>
      <p className="note">{t('firmware.publishHint')}</p>
      <ChangeForm change={change} send={t('firmware.publishDo')} onSend={send}>
        <FileField label={t('firmware.manifest')} onChange={setManifest} />
        <FileField label={t('firmware.artefact')} onChange={setArtefact} />
      </ChangeForm>
      {sent !== null && (
        <label className="field">
          {t('firmware.sending', { percent: Math.floor(sent * 100) })}
          <progress max={1} value={sent} />
        </label>
      )}
    </Card>
  );
}

function FileField({ label, onChange }: { readonly label: string; readonly onChange: (file: File | null) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} type="file" required onChange={(event) => onChange(event.currentTarget.files?.[0] ?? null)} />
    </div>
  );
}
