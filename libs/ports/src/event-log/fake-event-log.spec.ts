import { eventLogContract, FakeEventLog, FakeLogStorage } from '../testing';

eventLogContract('fake', async () => {
  const storage = new FakeLogStorage();
  return {
    open: async () => new FakeEventLog({ storage }),
    outage: async () => {
      storage.down = true;
      return async () => {
        storage.down = false;
        storage.wake();
      };
    },
    close: async () => undefined,
  };
});
