import { Fault } from '@quaywatch/kernel';

/** Gives `name` back when it names a secret (letters, digits, `-`, 1–100 characters). Else throws Fault `SECRET_NAME`. */
export function checkSecretName(name: string): string {
  if (!/^[A-Za-z0-9-]{1,100}$/.test(name))
    throw new Fault('SECRET_NAME', `${JSON.stringify(name.slice(0, 100))} names no secret`);
  return name;
}
