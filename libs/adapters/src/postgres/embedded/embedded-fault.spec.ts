import { describe, expect, it } from '@jest/globals';
import { faultOf } from './embedded-fault';

describe('faultOf', () => {
  it.each([
    ['initdb: error: could not write file: No space left on device', 'EMBEDDED_POSTGRES_DISK_FULL'],
    ["Error: ENOSPC: no space left on device, mkdir '/x'", 'EMBEDDED_POSTGRES_DISK_FULL'],
    ['initdb: error: could not create directory: Read-only file system', 'EMBEDDED_POSTGRES_FOLDER'],
    ["EACCES: permission denied, mkdir '/x'", 'EMBEDDED_POSTGRES_FOLDER'],
    ['could not bind IPv4 address "127.0.0.1": Address already in use', 'EMBEDDED_POSTGRES_PORT_BUSY'],
    ['initdb: error: could not look up effective user ID 1234: user does not exist', 'EMBEDDED_POSTGRES_USER'],
    ['FATAL:  something nobody has seen', 'EMBEDDED_POSTGRES_FAILED'],
  ])('%s is %s and keeps what was said', (said, code) => {
    const fault = faultOf('PostgreSQL did not start', said);
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(said);
  });
});
