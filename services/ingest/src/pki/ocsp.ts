import {
  BasicOCSPResponse,
  CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  KeyHash,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  ResponderID,
  ResponseBytes,
  ResponseData,
  RevokedInfo,
  SingleResponse,
  type CertID,
} from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { hours, type Instant } from '@quaywatch/kernel';
import { createHash } from 'node:crypto';
import { canonicalSerial, type Issuer } from './certificates';
import { ecdsaSha256, ecdsaSignature } from './der';

/** Where a certificate stands. */
export type SerialStatus = { readonly kind: 'good' | 'unknown' } | { readonly kind: 'revoked'; readonly at: Instant };

/** A CA that answers for its certificates. */
export interface Responder {
  readonly issuer: Issuer;
  /** Where each of these serials (lower-case hex) stands. */
  statusOf(serials: readonly string[]): Promise<ReadonlyMap<string, SerialStatus>>;
}

const mostAsked = 32;
const digests: Readonly<Record<string, string>> = { '1.3.14.3.2.26': 'sha1', '2.16.840.1.101.3.4.2.1': 'sha256' };

const answer = (responseStatus: OCSPResponseStatus, basic?: BasicOCSPResponse): Uint8Array =>
  new Uint8Array(
    AsnConvert.serialize(
      new OCSPResponse({
        responseStatus,
        responseBytes:
          basic &&
          new ResponseBytes({
            responseType: id_pkix_ocsp_basic,
            response: new OctetString(AsnConvert.serialize(basic)),
          }),
      }),
    ),
  );

/**
 * Answers an OCSP request (RFC 6960, DER), signed by the CA itself. All certificates asked for must be of one of the
 * `responders`; else the answer is `unauthorized`. Never throws for what a request holds.
 */
export async function answerOcsp(
  request: Uint8Array,
  responders: readonly Responder[],
  now: Instant,
): Promise<Uint8Array> {
  let asked: readonly CertID[];
  let nonce;
  try {
    const { tbsRequest } = AsnConvert.parse(new Uint8Array(request), OCSPRequest);
    asked = tbsRequest.requestList.map((one) => one.reqCert);
    nonce = tbsRequest.requestExtensions?.find((extension) => extension.extnID === id_pkix_ocsp_nonce);
  } catch {
    return answer(OCSPResponseStatus.malformedRequest);
  }
  if (asked.length === 0 || asked.length > mostAsked || (nonce?.extnValue.byteLength ?? 0) > 130)
    return answer(OCSPResponseStatus.malformedRequest);
  const responder = responders.find(({ issuer }) => asked.every((id) => isOf(id, issuer)));
  if (!responder) return answer(OCSPResponseStatus.unauthorized);

  const serials = asked.map((id) => canonicalSerial(Buffer.from(id.serialNumber).toString('hex')));
  const states = await responder.statusOf(serials);
  const responses = asked.map(
    (certID, i) =>
      new SingleResponse({
        certID,
        certStatus: statusOf(states.get(serials[i] ?? '')),
        thisUpdate: new Date(now),
        nextUpdate: new Date(now + hours(1)),
      }),
  );
  const { publicKey } = namesOf(responder.issuer);
  const data = new ResponseData({
    responderID: new ResponderID({ byKey: new KeyHash(createHash('sha1').update(publicKey).digest()) }),
    producedAt: new Date(now),
    responses,
    responseExtensions: nonce && [nonce],
  });
  const signature = ecdsaSignature(await responder.issuer.sign(new Uint8Array(AsnConvert.serialize(data))));
  const basic = new BasicOCSPResponse({ tbsResponseData: data, signatureAlgorithm: ecdsaSha256(), signature });
  return answer(OCSPResponseStatus.successful, basic);
}

function statusOf(state: SerialStatus | undefined): CertStatus {
  if (state?.kind === 'revoked')
    return new CertStatus({ revoked: new RevokedInfo({ revocationTime: new Date(state.at) }) });
  return state?.kind === 'good' ? new CertStatus({ good: null }) : new CertStatus({ unknown: null });
}

function isOf(id: CertID, issuer: Issuer): boolean {
  const digest = digests[id.hashAlgorithm.algorithm];
  if (!digest) return false;
  const { name, publicKey } = namesOf(issuer);
  const same = (given: OctetString, bytes: Uint8Array): boolean =>
    createHash(digest).update(bytes).digest().equals(Buffer.from(given.buffer));
  return same(id.issuerNameHash, name) && same(id.issuerKeyHash, publicKey);
}

const named = new Map<string, { name: Uint8Array; publicKey: Uint8Array }>();

/** DER of the name and bits of the key of a CA, as OCSP hashes them. */
function namesOf({ certificatePem }: Issuer): { name: Uint8Array; publicKey: Uint8Array } {
  let known = named.get(certificatePem);
  if (!known) {
    const { tbsCertificate } = AsnConvert.parse(new x509.X509Certificate(certificatePem).rawData, Certificate);
    known = {
      name: new Uint8Array(AsnConvert.serialize(tbsCertificate.subject)),
      publicKey: new Uint8Array(tbsCertificate.subjectPublicKeyInfo.subjectPublicKey),
    };
    named.set(certificatePem, known);
  }
  return known;
}
