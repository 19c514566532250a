/**
 * Mistakes that somebody could make, to see that the simulator finds them: a change of one place of the source each. `find` occurs there
 * exactly once.
 *
 * @type {readonly import("./defects.d.mts").Defect[]}
 */
export const DEFECTS = [
  {
    name: "a barrier is forwarded when it has arrived on the first channel",
    file: "src/runtime/task/barrier-alignment.ts",
    find: "if (this.#mayOvertake.every((_, channel) => this.#isIn(channel))) {",
    replace: "if (this.#mayOvertake.some((_, channel) => this.#isIn(channel))) {",
  },
  {
    name: "channels that have delivered the barrier are not held back",
    file: "src/runtime/task/subtask.ts",
    find: "const waits = aligning && this.#alignment.hasArrived(channel.index);",
    replace: "const waits = false;",
  },
  {
    name: "a barrier overtakes the records that gather in a frame",
    file: "src/runtime/channel/ring-channel.ts",
    find: "  send(event: ChannelEvent): void {\n    this.flush();",
    replace: '  send(event: ChannelEvent): void {\n    if (event.kind !== "barrier") this.flush();',
  },
  {
    name: "what an unaligned barrier overtakes is in no checkpoint",
    file: "src/runtime/task/subtask.ts",
    find: "checkpoint.addInFlight(this.#originOf(index), messages);",
    replace: "void messages;",
  },
  {
    name: "an aborted checkpoint takes the alignment of the one before along",
    file: "src/runtime/task/barrier-alignment.ts",
    find: "if (this.#barrier?.id === id) this.#letGo();",
    replace: "if (this.#barrier !== undefined && this.#barrier.id <= id) { this.#pastId = id; this.#letGo(); }",
  },
  {
    name: "a file is renamed before it is durable",
    file: "src/filesystem/local-file-system.ts",
    find: "  async #syncAndClose(): Promise<void> {\n    await this.#handle.sync();",
    replace: "  async #syncAndClose(): Promise<void> {",
  },
  {
    name: "a file's name is not made durable",
    file: "src/filesystem/local-file-system.ts",
    find: "        await this.#disk.rename(this.#temporary, this.#path);\n        await syncFolder(this.#disk, dirname(this.#path));",
    replace: "        await this.#disk.rename(this.#temporary, this.#path);",
  },
  {
    name: "a growing file is named in a checkpoint before it is durable",
    file: "src/filesystem/local-file-system.ts",
    find: "        await this.#handle.sync();\n        await syncFolder(this.#disk, dirname(this.#target));",
    replace: "        await syncFolder(this.#disk, dirname(this.#target));",
  },
  {
    name: "a folder that was there already is not made durable",
    file: "src/filesystem/local-file-system.ts",
    find: "      await this.#makeDurable(path, first);",
    replace: "      if (first !== undefined) await this.#makeDurable(path, first);",
  },
  {
    name: "what was written behind the checkpoint stays in the published file",
    file: "src/filesystem/local-file-system.ts",
    find: "  await handle.truncate(point.length);",
    replace: "",
  },
  {
    name: "of two who create one file both are told that they have",
    file: "src/filesystem/local-file-system.ts",
    find: '        if (systemCode(error) === "EEXIST") return false;',
    replace: '        if (systemCode(error) === "EEXIST") return true;',
  },
  {
    name: "an upload that is complete already cannot be published",
    file: "src/filesystem/s3/s3-file-system.ts",
    find: "if (!(await this.#completeUpload(address, point)) && (await this.#store.head(address)) === undefined) {",
    replace: "if (!(await this.#completeUpload(address, point))) {",
  },
  {
    name: "the pointer moves before the metadata is written",
    file: "src/checkpoint/folder-checkpoint-storage.ts",
    find: "    const checkpoint = await completeFolder(place, metadata);\n    const { completedMs } = metadata;",
    replace:
      "    const { completedMs } = metadata;\n    await writePointer(this.#fileSystem, this.#folder, { epoch: lease.epoch, checkpointId: id, path: posix.basename(place.path), completedMs });\n    const checkpoint = await completeFolder(place, metadata);",
  },
  {
    name: "the sweep of orphans takes the newest checkpoint along",
    file: "src/checkpoint/folder-checkpoint-storage.ts",
    find: "      if (found.id >= id || found.epoch > this.#epoch || this.#attempts.has(found.id)) continue;\n      if (!this.#isComplete(found.id)) await",
    replace: "      if (found.id > id || found.epoch > this.#epoch) continue;\n      await",
  },
  {
    name: "the checkpoint that the pointer names is removed in place of an older one",
    file: "src/checkpoint/folder-checkpoint-storage.ts",
    find: "    await removeFolder(place);\n    await this.#removeShared(sharedFilesOf(checkpoint.metadata));",
    replace: "    await removeFolder(this.#resolve(this.#retained.at(-1)?.location ?? checkpoint.location));",
  },
  {
    name: "a checkpoint counts as complete when one task has not answered",
    file: "src/checkpoint/checkpoint-coordinator.ts",
    find: 'if (state.kind !== "collecting" || pending.missing.length > 0) return;',
    replace: 'if (state.kind !== "collecting" || pending.missing.length > 1) return;',
  },
  {
    name: "sinks commit what a savepoint names",
    file: "src/checkpoint/checkpoint-coordinator.ts",
    find: "    this.#statistics.completed(pending, checkpoint);",
    replace:
      "    this.#statistics.completed(pending, checkpoint);\n    if (this.#running) this.#options.job.notifyComplete(pending.id);",
  },
  {
    name: "sinks commit before the checkpoint is complete",
    file: "src/operators/sink-operator.ts",
    find: "      this.#pending.push({ checkpointId, committables: snapshot.committables });\n      this.#saveCommittables();",
    replace:
      "      this.#pending.push({ checkpointId, committables: snapshot.committables });\n      this.#saveCommittables();\n      this.#makeDue(checkpointId);",
  },
  {
    name: "a restored sink does not commit what its checkpoint names",
    file: "src/operators/sink-operator.ts",
    find: "        .map((entry) => ({ ...entry, recovered: true }))",
    replace: "        .slice(0, 0)\n        .map((entry) => ({ ...entry, recovered: true }))",
  },
  {
    name: "a job ends without waiting for its last commit",
    file: "src/operators/sink-operator.ts",
    find: "return endIsOpen || this.#snapshotsUnderWay > 0 || this.#due.length > 0;",
    replace: "return this.#snapshotsUnderWay > 0;",
  },
  {
    name: "what is written between barrier and flush belongs to the checkpoint",
    file: "src/connectors/files/file-sink-writer.ts",
    find: "    const [point, points] = await Promise.all([open?.persist(), Promise.all(closed.map((part) => part.close()))]);",
    replace:
      "    const points = await Promise.all(closed.map((part) => part.close()));\n    this.#flush();\n    const point = await open?.persist();",
  },
  {
    name: "a subtask's key groups begin one too late",
    file: "src/core/key-group.ts",
    find: "    start: Math.floor((subtaskIndex * maxParallelism + parallelism - 1) / parallelism),",
    replace:
      "    start: Math.floor((subtaskIndex * maxParallelism + parallelism - 1) / parallelism) + (subtaskIndex > 0 ? 1 : 0),",
  },
  {
    name: "restored key groups end one too early",
    file: "src/checkpoint/restore-assignment.ts",
    find: "keyGroup >= range.start && keyGroup <= range.end);",
    replace: "keyGroup >= range.start && (keyGroup < range.end || range.start === range.end));",
  },
  {
    name: "items of the last old subtask are lost at another parallelism",
    file: "src/state/redistribute.ts",
    find: "      return all.filter((_, index) => index % parallelism === subtaskIndex);",
    replace:
      "      return copies.slice(0, -1).flatMap((copy) => copy?.items ?? []).filter((_, index) => index % parallelism === subtaskIndex);",
  },
  {
    name: "only as many subtasks as before get the broadcast state",
    file: "src/state/redistribute.ts",
    find: "      const first = subtaskIndex % copies.length;",
    replace: "      if (subtaskIndex >= copies.length) return [];\n      const first = subtaskIndex % copies.length;",
  },
  {
    name: "an entry that changes while it is frozen is not saved first",
    file: "src/state/heap/entry-table.ts",
    find: "    if (!this.#isFrozen() || slot < this.#scanAt || this.#saved[slot] === 1) return;",
    replace: "    return;",
  },
  {
    name: "an entry in front of RocksDB that changes once more is not written once more",
    file: "src/state/rocksdb/cached-tables.ts",
    find: "    super.write(value);\n    this.table!.marks[this.slot]! |= DIRTY;",
    replace: "    super.write(value);\n    if (isNew) this.table!.marks[this.slot]! |= DIRTY;",
  },
  {
    name: "timers are not part of a snapshot",
    file: "src/state/heap/timer-queue.ts",
    find: "      const end = Math.min(frozen.end, from + timersMax);",
    replace: "      frozen.at = frozen.end;\n      const end = from;",
  },
  {
    name: "a timer fires one millisecond early",
    file: "src/operators/timers.ts",
    find: "    this.eventTime.fireUntil(timestampMs, this.#fireEventTime);",
    replace: "    this.eventTime.fireUntil(timestampMs + 1, this.#fireEventTime);",
  },
  {
    name: "the watermark of several channels is the highest",
    file: "src/runtime/task/watermark-valve.ts",
    find: "    else this.#raise(lowest(active));",
    replace: "    else this.#raise(Math.max(...active.map(({ watermarkMs }) => watermarkMs)));",
  },
  {
    name: "splits of a reader that restarts alone are not given back",
    file: "src/runtime/job-manager/source-coordinator.ts",
    find: "    if (splits.length > 0) this.#guarded(() => this.#enumerator?.addSplitsBack(splits, subtaskIndex));",
    replace: "    void splits;",
  },
  {
    name: "a task restarts alone although others depend on it",
    file: "src/runtime/job-manager/job-manager.ts",
    find: '    if (execution === undefined || this.#job.settings.failover === "full" || this.#managersLost)\n      return new Set(this.#execution.tasks);',
    replace:
      "    if (execution === undefined || this.#managersLost) return new Set(this.#execution.tasks);\n    if (this.#execution.tasks.length > 0) return new Set([execution]);",
  },
  {
    name: "a failover while the last checkpoint is written passes for the end of a stopped job",
    file: "src/runtime/job-manager/job-manager.ts",
    find: "await Promise.race([failover, this.ended])",
    replace: "await Promise.race([this.#failedOver(), this.ended])",
  },
  {
    name: "a stopped job goes on behind its savepoint",
    file: "src/runtime/task/subtask.ts",
    find: '    if (barrier.stop === "quiesce") this.#quiescedBy = barrier.id;',
    replace: "",
  },
  {
    name: "sessions that touch are not merged",
    file: "src/operators/windows/merging-windows.ts",
    find: "    const numbers = this.#state.value() ?? [];",
    replace: "    const numbers = (this.#state.value() ?? []).slice(-4);",
  },
  {
    name: "records that come too late for their window are forgotten",
    file: "src/operators/late-records.ts",
    find: "      this.#context.output.emitSide(this.#tag, value, timestampMs);",
    replace: "",
  },
  {
    name: "a leader that was overtaken writes behind the record of the next one",
    file: "src/checkpoint/leadership/folder-leader-log.ts",
    find: "    const number = after + 1;",
    replace: "    const number = Math.max(after, (await this.#numbers()).at(-1) ?? 0) + 1;",
  },
];
