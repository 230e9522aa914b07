// Prints a new S3 identity in SeaweedFS' form; the prepare container hands the keys to the services that may use them.
import { randomBytes } from 'node:crypto';

const identity = {
  name: 'quaywatch',
  credentials: [{ accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(24).toString('hex') }],
  actions: ['Read', 'Write', 'List', 'Tagging', 'Admin'],
};
console.log(JSON.stringify({ identities: [identity] }, undefined, 2));
