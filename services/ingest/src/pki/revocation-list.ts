import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  Certificate,
  CertificateList,
  Extension,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  KeyIdentifier,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { days, type Instant } from '@quaywatch/kernel';
import type { Issuer } from './certificates';
import { derInteger, ecdsaSha256, ecdsaSignature } from './der';

/** A revoked certificate: serial in lower-case hex, ms UTC. */
export interface RevokedSerial {
  readonly serial: string;
  readonly at: Instant;
}

/** How long a list may be used. It is made anew long before. */
export const listLife = days(7);

/** The revocation list of a CA (RFC 5280, version 2), DER. Lists made later have higher numbers. */
export async function makeRevocationList(issuer: Issuer, revoked: readonly RevokedSerial[], now: Instant) {
  const parsed = new x509.X509Certificate(issuer.certificatePem);
  const own = AsnConvert.parse(parsed.rawData, Certificate).tbsCertificate;
  const keyId = parsed.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? '';
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(now));
  const list = new TBSCertList({
    version: Version.v2,
    signature: ecdsaSha256(),
    issuer: own.subject,
    thisUpdate: new Time(new Date(now)),
    nextUpdate: new Time(new Date(now + listLife)),
    crlExtensions: [
      new Extension({
        extnID: id_ce_authorityKeyIdentifier,
        extnValue: new OctetString(
          AsnConvert.serialize(
            new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(Buffer.from(keyId, 'hex')) }),
          ),
        ),
      }),
      new Extension({ extnID: id_ce_cRLNumber, extnValue: new OctetString(derInteger(number)) }),
    ],
  });
  // An empty list must not be there at all.
  if (revoked.length > 0)
    list.revokedCertificates = revoked.map(
      ({ serial, at }) =>
        new RevokedCertificate({ userCertificate: serialBytes(serial), revocationDate: new Time(new Date(at)) }),
    );
  const signature = ecdsaSignature(await issuer.sign(new Uint8Array(AsnConvert.serialize(list))));
  return new Uint8Array(
    AsnConvert.serialize(new CertificateList({ tbsCertList: list, signatureAlgorithm: ecdsaSha256(), signature })),
  );
}

/** A serial number as the content of an INTEGER. */
function serialBytes(serial: string): ArrayBuffer {
  const bytes = Buffer.from(serial.length % 2 ? `0${serial}` : serial, 'hex');
  return new Uint8Array((bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes).buffer;
}
