import { factLogContract, factLogContractService, FakeEventLog, FakeFactLog } from '../testing';

factLogContract('fake', async () => {
  const eventLog = new FakeEventLog();
  const factLog = new FakeFactLog(factLogContractService, eventLog);
  return {
    factLog,
    eventLog,
    settle: () => factLog.settle(),
    simulateRelayCrash: () => factLog.settleAndCrash(),
    close: () => eventLog.close(),
  };
});
