/** Nest token: the parsed configuration of user-access, typed. */
export { CONFIG as CONFIGURATION } from '@quaywatch/runtime';
