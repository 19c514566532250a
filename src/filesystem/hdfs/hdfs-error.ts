import { MillraceError } from "../../core/errors.ts";
import { fileError, systemCode, systemError } from "../file-error.ts";
import { RemoteException } from "./remote-exception.ts";

/** What the HDFS file system throws: the path, what was tried, what HDFS says, and what to do. `action` completes "could not …". */
export function hdfsError(action: string, path: string, user: string, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const code = cause instanceof RemoteException ? codeOf(cause) : undefined;
  if (code !== undefined) {
    const { message } = cause as RemoteException;
    return fileError(action, path, Object.assign(systemError(code, message), { cause }));
  }
  const advice = adviceFor(cause, user);
  if (advice === undefined) return fileError(action, path, cause);
  return new MillraceError("FILE_FAILED", {
    message: `could not ${action} ${path}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    advice,
    next: "restart",
    facts: { path, user },
    cause,
  });
}

/** The system call's code that means the same; fileError knows what to do about those. */
function codeOf({ exception, message }: RemoteException): string | undefined {
  if (/is not a directory/i.test(message)) return "ENOTDIR";
  if (/exists as a directory|not a file/i.test(message)) return "EISDIR";
  switch (exception) {
    case "FileNotFoundException":
      return "ENOENT";
    case "ParentNotDirectoryException":
      return "ENOTDIR";
    case "DSQuotaExceededException":
    case "NSQuotaExceededException":
      return "EDQUOT";
    default:
      return undefined;
  }
}

function adviceFor(cause: unknown, user: string): string | undefined {
  if (cause instanceof RemoteException) return adviceForRefusal(cause, user);
  const code = systemCode(cause) ?? "";
  if (code.startsWith("HPE_")) return RPC_PORT;
  if (!UNREACHABLE.has(code)) return undefined;
  return "Check the host and port of the URI (the NameNode's web port, 9870 by default), that HDFS runs, and that its DataNodes can be reached by the names they have in the cluster.";
}

function adviceForRefusal({ exception, status, message }: RemoteException, user: string): string | undefined {
  if (/Hadoop IPC port/.test(message)) return RPC_PORT;
  if (status === 401)
    return "This cluster asks for Kerberos, which is not supported; use a gateway that accepts user.name.";
  switch (exception) {
    case "AccessControlException":
      return `User "${user}" may not do that: give it permission on the folder, or set HADOOP_USER_NAME to a user who has it.`;
    case "SafeModeException":
      return "The NameNode is in safe mode: wait until enough DataNodes have reported, or see its log.";
    case "StandbyException":
      return "None of the NameNodes leads: name them all in the URI, as in hdfs://nn1:9870,nn2:9870/flights.";
    case "AlreadyBeingCreatedException":
    case "RecoveryInProgressException":
      return "Another process has the file open: see that no earlier run of this job is alive. HDFS lets go of a dead one's files after a minute.";
    default:
      return undefined;
  }
}

const RPC_PORT =
  "That is not the web port of a NameNode. Millrace speaks WebHDFS: use the port of dfs.namenode.http-address, 9870 by default, not 8020 or 9000.";

const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);
