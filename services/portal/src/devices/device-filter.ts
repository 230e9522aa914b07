import { certificateLife } from './certificate-life';
import type { DeviceShow } from './device-shows';
import type { Device } from './queries';

const passes: Readonly<Record<DeviceShow, (device: Device, now: number) => boolean>> = {
  silent: ({ connection }) => connection !== 'online',
  waiting: ({ state }) => state === 'pending' || state === 'quarantined',
  expiring: ({ certificate }, now) =>
    certificate !== null && certificateLife(certificate.not_after, now).urgency !== 'none',
  frames: ({ quarantined_frames: frames }) => frames > 0,
};

/** The units to show: those of the narrowing whose serial, spreader or firmware has the text in it. */
export function filterDevices(
  devices: readonly Device[],
  filter: { readonly find?: string | undefined; readonly show?: DeviceShow | undefined },
  numberOf: (spreaderId: string) => string,
  now: number,
): Device[] {
  const wanted = filter.find?.trim().toLowerCase() ?? '';
  return devices.filter((device) => {
    if (filter.show && !passes[filter.show](device, now)) return false;
    const words = [device.btu, device.spreader_id ? numberOf(device.spreader_id) : '', device.firmware ?? ''];
    return wanted === '' || words.some((word) => word.toLowerCase().includes(wanted));
  });
}
