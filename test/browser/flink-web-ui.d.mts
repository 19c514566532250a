export function installFlinkWebUi(): string;
export function serveInFrontOf(server: string, folder: string): Promise<{ readonly url: string; close(): void }>;
