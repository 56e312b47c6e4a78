import java.nio.file.Files;
import java.nio.file.Path;
import kafka.Kafka;
import kafka.tools.StorageTool;

/** Formats an empty log folder, then runs the broker: in one JVM, since starting a second costs more than formatting. */
public final class LocalBroker {
  private LocalBroker() {}

  /** Arguments: server.properties, the cluster's id, the log folder. */
  public static void main(String[] args) {
    String properties = args[0];
    if (!Files.exists(Path.of(args[2], "meta.properties"))) {
      String[] format = {"format", "--config", properties, "--cluster-id", args[1]};
      int status = StorageTool.execute(format, System.out);
      if (status != 0) System.exit(status);
    }
    Kafka.main(new String[] {properties});
  }
}
