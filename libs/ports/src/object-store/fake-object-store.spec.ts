import { objectStoreContract } from './object-store.contract';
import { FakeObjectStore } from './fake-object-store';

objectStoreContract('fake', async () => {
  const store = new FakeObjectStore();
  return { store, close: () => store.close() };
});
