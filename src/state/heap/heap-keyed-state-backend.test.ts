import { describeKeyedStateBackend } from "../keyed-state-backend.contract.ts";
import { HeapKeyedStateBackend } from "./heap-keyed-state-backend.ts";

describeKeyedStateBackend("the heap", (options) => new HeapKeyedStateBackend(options));
