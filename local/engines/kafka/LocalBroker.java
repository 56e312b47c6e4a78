import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.Kafka;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/** Formats an empty log folder, then runs the broker: in one JVM, since starting a second costs more than formatting. */
public final class LocalBroker {
  private LocalBroker() {}

  /**
   * Arguments: server.properties, the cluster's id, the log folder. Or "rehearse" and an empty folder: starts a small
   * broker there, uses it and ends, for a JVM that records which classes that takes (-XX:ArchiveClassesAtExit).
   */
  public static void main(String[] args) throws Exception {
    if (args[0].equals("rehearse")) {
      rehearse(Path.of(args[1]));
      System.exit(0);
    }
    format(args[0], args[1], Path.of(args[2]));
    Kafka.main(new String[] {args[0]});
  }

  private static void format(String properties, String clusterId, Path data) {
    if (Files.exists(data.resolve("meta.properties"))) return;
    int status =
        StorageTool.execute(new String[] {"format", "--config", properties, "--cluster-id", clusterId}, System.out);
    if (status != 0) System.exit(status);
  }

  private static void rehearse(Path folder) throws Exception {
    int admin = freePort();
    int controller = freePort();
    Path data = folder.resolve("data");
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@127.0.0.1:" + controller,
            "listeners", "ADMIN://127.0.0.1:" + admin + ",CONTROLLER://127.0.0.1:" + controller,
            "controller.listener.names", "CONTROLLER",
            "inter.broker.listener.name", "ADMIN",
            "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,ADMIN:PLAINTEXT",
            "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users", "User:ANONYMOUS",
            "log.dirs", data.toString()));
    Path file = folder.resolve("server.properties");
    try (var writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    format(file.toString(), Uuid.randomUuid().toString(), data);
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
    server.startup();
    try (Admin client = Admin.create(Map.<String, Object>of("bootstrap.servers", "127.0.0.1:" + admin))) {
      client.createTopics(List.of(new NewTopic("rehearsal", 1, (short) 1))).all().get();
      client.describeCluster().nodes().get();
    }
    server.shutdown();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
