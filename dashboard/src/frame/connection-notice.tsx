import { useEffect, useState } from "preact/hooks";
import { timeText } from "../figures/figures.ts";
import { connection, onConnection } from "../rest/connection.ts";
import { setToken } from "../rest/request.ts";

/** Says so when what is shown is old, or when a token is asked for. */
export function ConnectionNotice() {
  const [{ lostMs, needsToken }, set] = useState(connection);
  useEffect(() => onConnection(set), []);
  if (needsToken) return <TokenForm />;
  return (
    <div aria-live="polite">
      {lostMs !== undefined && (
        <p class="notice">
          The program has not answered since {timeText(lostMs)}. Its job may be over; what you see is from then. Trying
          again.
        </p>
      )}
    </div>
  );
}

function TokenForm() {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setToken(new FormData(event.currentTarget as HTMLFormElement).get("token") as string);
    location.reload();
  };
  return (
    <div class="notice">
      <form class="token-form" onSubmit={submit}>
        <label for="token">This job manager asks for a token, the value of rest.token:</label>
        <input id="token" name="token" type="password" class="input" autocomplete="off" required />
        <button type="submit" class="button main">
          Go on
        </button>
      </form>
    </div>
  );
}
