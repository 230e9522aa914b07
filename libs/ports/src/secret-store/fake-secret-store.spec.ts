import { FakeSecretStore } from './fake-secret-store';
import { secretStoreContract } from './secret-store.contract';

secretStoreContract('fake', async () => {
  const store = new FakeSecretStore();
  return { store, other: store, readOnly: store.readOnly(), close: async () => {} };
});
