/** The RocksDB library as a program without a state back end would use it: no cache, reused buffers, keys and values of fixed length. */
import { join } from "node:path";
import { loadBinding } from "../../src/state/rocksdb/binding.ts";

const KEY_BYTES = 9;
const VALUE_BYTES = 9;

// The library keeps bare pointers to these.
const keyBuffer = Buffer.alloc(64);
const valueBuffer = Buffer.alloc(64);
const lengths = new Uint32Array(2);

export class RawBinding {
  #native;
  #value = Buffer.alloc(VALUE_BYTES);

  constructor(folder) {
    const binding = loadBinding();
    this.#native = new binding.Database();
    this.#native.open(folder, {
      name: "default",
      disableWAL: true,
      compression: "lz4",
      writeBufferSize: 32 * 1024 * 1024,
      maxWriteBufferNumber: 2,
      maxWriteBufferSizeToMaintain: 0,
      maxOpenFiles: -1,
      parallelismThreads: 2,
      infoLogLevel: 3,
      transactionLogsPath: join(folder, "unused-logs"),
    });
    this.#native.setDefaultKeyBuffer(keyBuffer);
    this.#native.setDefaultValueBuffer(valueBuffer);
    this.#native.setIteratorState(new Uint8Array(lengths.buffer));
    keyBuffer.start = 0;
    keyBuffer.end = KEY_BYTES;
    this.#value.start = 0;
    this.#value.end = VALUE_BYTES;
  }

  /** Adds one to the number of each key. */
  addAll(keys) {
    const native = this.#native;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      // As in the state back end: key group, state, tag, number.
      keyBuffer.writeUInt32BE(Math.imul(key, 0x9e3779b1) >>> 25, 0);
      keyBuffer[4] = 5;
      keyBuffer.writeUInt32BE(key, 5);
      const length = native.getSync(KEY_BYTES, 0);
      this.#value.writeDoubleLE(length === undefined ? 1 : valueBuffer.readDoubleLE(1) + 1, 1);
      native.putSync(keyBuffer, this.#value);
    }
  }

  close() {
    this.#native.close();
  }
}
