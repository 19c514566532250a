export function standIn(options: {
  readonly parallelism: number;
  readonly port?: number;
}): Promise<{ readonly url: string; readonly job: string; close(): void }>;
