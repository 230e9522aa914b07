/** The organisation of the embedded default; made by fleet at its first start. */
export const defaultOrganisation = 'org_default';
