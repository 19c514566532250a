/** Words that someone who never saw a stream processor meets here, in one or two sentences each. */
export const GLOSSARY = {
  alignment: "How long a step held back its fast inputs until the checkpoint had come through the slow ones too.",
  backpressure:
    "A step is backpressured while it waits because the step after it does not keep up. The cause is the first busy step downstream.",
  busy: "The share of the time in which a step was working. Near 100 % it is what holds the job back.",
  checkpoint:
    "A picture of everything the job remembers, taken while it runs. After a failure the job goes on from the last complete one, as if nothing had happened.",
  "event time": "The time that is in the records, as opposed to when they were read. Windows go by it.",
  idle: "The share of the time in which a step had nothing to do.",
  incremental:
    "Only what has changed since the checkpoint before is written. The full size is what a restore would read.",
  key: "What records are grouped by. Each key has its own values in each state.",
  "key group": "Keys are divided into so many groups; the job can have at most that many subtasks.",
  savepoint: "A checkpoint that you own: nothing deletes it, and a changed program can start from it.",
  state: "What a function remembers between records. It is saved in each checkpoint.",
  subtask: "One of the parallel instances of a step. Each does its share of the records.",
  "sync phase": "While it lasts, no records are processed: the state is frozen in this moment.",
  "async phase": "The frozen state is written out while records go on being processed.",
  "start delay":
    "From the begin of the checkpoint until it reached the step, through everything that was queued before it.",
  step: "Operators that run as one: each record goes through all of them before the next one comes.",
  "time to live":
    "How long a value is kept after it was last used. State without one, for ever more keys, grows without end.",
  watermark:
    "How far event time has come: nothing earlier is expected any more. A window fires once the watermark has passed its end.",
} as const satisfies Readonly<Record<string, string>>;

export type Word = keyof typeof GLOSSARY;
