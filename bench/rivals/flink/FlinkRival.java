import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Flink SQL in one JVM: a file of statements, whose last one inserts all that is in the topic and ends. Exactly once by checkpoints. */
public final class FlinkRival {
  private FlinkRival() {}

  /** Arguments: the file of statements, apart by empty lines; the folder of the checkpoints. */
  public static void main(String[] args) throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "10 s");
    configuration.setString("execution.checkpointing.dir", Path.of(args[1]).toUri().toString());
    configuration.setString("table.local-time-zone", "UTC");
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    String[] statements = Files.readString(Path.of(args[0])).trim().split("\n\n");
    for (int index = 0; index < statements.length - 1; index += 1) tables.executeSql(statements[index]);
    tables.executeSql(statements[statements.length - 1]).await();
  }
}
