/** The contracts' ABIs. Imported by name, so that the bundler leaves the bytecode beside them out. */

import type { Abi } from "viem";

import { abi as controller } from "../../abi/DifficultyController.json";
import { abi as delegateLedger } from "../../abi/DelegateLedger.json";
import { abi as oracle } from "../../abi/PhiOracle.json";
import { abi as hashLock } from "../../abi/HashLock.json";
import { abi as planBook } from "../../abi/PlanBook.json";
import { abi as ledger } from "../../abi/PowLedger.json";
import { abi as relayPool } from "../../abi/RelayPool.json";
import { abi as routeConditions } from "../../abi/RouteConditions.json";
import { abi as stakeLedger } from "../../abi/StakeLedger.json";
import { abi as storageRegistry } from "../../abi/StorageRegistry.json";

// TypeScript widens the strings of a JSON file, so each list is typed here; read.ts and reports.ts name the results.
export const oracleAbi = oracle as Abi;
export const controllerAbi = controller as Abi;
/** Of any ledger, for what all of them answer. */
export const ledgerAbi = ledger as Abi;
export const stakeLedgerAbi = stakeLedger as Abi;
export const delegateLedgerAbi = delegateLedger as Abi;
export const planBookAbi = planBook as Abi;
export const hashLockAbi = hashLock as Abi;
export const relayPoolAbi = relayPool as Abi;
export const routeConditionsAbi = routeConditions as Abi;
export const storageRegistryAbi = storageRegistry as Abi;
