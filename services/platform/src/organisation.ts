/** The organisation of the embedded default; made by fleet at its first start. */
export const defaultOrganisation = 'org_default';

/** The sandbox of partners, where `quaywatch start --sandbox` makes it. */
export const sandboxOrganisation = 'org_sandbox';
