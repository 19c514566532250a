package nexmark;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Asks the job's REST API for its checkpoints until the job ends, and keeps the last answer. */
final class CheckpointHistory implements Runnable {
  private static final long EVERY_MS = 500;

  private final URI address;
  private volatile String last = "{}";

  CheckpointHistory(int port, String jobId) {
    this.address = URI.create("http://localhost:" + port + "/jobs/" + jobId + "/checkpoints");
  }

  @Override
  public void run() {
    HttpClient client = HttpClient.newHttpClient();
    try {
      while (true) {
        HttpResponse<String> answer =
            client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 200) last = answer.body();
        Thread.sleep(EVERY_MS);
      }
    } catch (Exception jobHasEnded) {
      // The REST server goes with the job: what it said last is what there is.
    }
  }

  /** As JSON, in the form of Flink's REST API. */
  String last() {
    return last;
  }
}
