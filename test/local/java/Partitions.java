import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Produces each key of standard input (hex, one a line) with the Java client and prints the partition it went to. */
public class Partitions {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", arguments[0], "acks", "all", "linger.ms", "20");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    var serializer = new ByteArraySerializer();
    try (var producer = new KafkaProducer<>(config, serializer, serializer)) {
      var input = new Scanner(System.in, StandardCharsets.US_ASCII);
      while (input.hasNextLine()) {
        byte[] key = HexFormat.of().parseHex(input.nextLine());
        sent.add(producer.send(new ProducerRecord<>(arguments[1], key, new byte[] {1})));
      }
      var output = new StringBuilder();
      for (var each : sent) output.append(each.get().partition()).append('\n');
      System.out.print(output);
    }
  }
}
