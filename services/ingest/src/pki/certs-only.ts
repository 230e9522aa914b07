import {
  CertificateChoices,
  CertificateSet,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  id_data,
  id_signedData,
  SignedData,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';

/** Certificates (PEM, one each) as a CMS message without content or signature (RFC 5272 certs-only), DER. */
export function certsOnly(certificates: readonly string[]): Uint8Array {
  const signed = new SignedData({
    version: CMSVersion.v1,
    digestAlgorithms: new DigestAlgorithmIdentifiers(),
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: id_data }),
    certificates: new CertificateSet(
      certificates.map(
        (pem) =>
          new CertificateChoices({ certificate: AsnConvert.parse(new x509.X509Certificate(pem).rawData, Certificate) }),
      ),
    ),
    signerInfos: new SignerInfos(),
  });
  const content = AsnConvert.serialize(signed);
  return new Uint8Array(AsnConvert.serialize(new ContentInfo({ contentType: id_signedData, content })));
}
