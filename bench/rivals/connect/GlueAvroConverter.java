import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import java.util.Map;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;

/**
 * Avro behind the header of 18 bytes that AWS Glue's registry puts before a body, as Connect's records. Simpler than the
 * registry's own converter: one schema, from the file that `schema.file` names; every long is a time in epoch milliseconds.
 */
public final class GlueAvroConverter implements Converter {
  private static final int HEADER_BYTES = 18;
  private Schema schema;
  private GenericDatumReader<GenericRecord> reader;
  private BinaryDecoder decoder;
  private GenericRecord record;

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    try {
      var avro = new org.apache.avro.Schema.Parser().parse(Files.readString(Path.of((String) configs.get("schema.file"))));
      reader = new GenericDatumReader<>(avro);
      var builder = SchemaBuilder.struct().name(avro.getFullName());
      for (var field : avro.getFields()) builder.field(field.name(), schemaOf(field.schema()));
      schema = builder.build();
    } catch (IOException error) {
      throw new DataException("the schema cannot be read", error);
    }
  }

  private static Schema schemaOf(org.apache.avro.Schema avro) {
    boolean isOptional = avro.isUnion();
    var type = isOptional ? avro.getTypes().get(1).getType() : avro.getType();
    var builder =
        switch (type) {
          case STRING -> SchemaBuilder.string();
          case DOUBLE -> SchemaBuilder.float64();
          case LONG -> Timestamp.builder();
          default -> throw new DataException("no such type in a quote: " + type);
        };
    return isOptional ? builder.optional().build() : builder.build();
  }

  @Override
  public SchemaAndValue toConnectData(String topic, byte[] value) {
    try {
      decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, decoder);
      record = reader.read(record, decoder);
    } catch (IOException error) {
      throw new DataException("a value is no quote", error);
    }
    var struct = new Struct(schema);
    for (Field field : schema.fields()) {
      Object found = record.get(field.index());
      if (found instanceof CharSequence text) struct.put(field, text.toString());
      else if (found instanceof Long time) struct.put(field, new Date(time));
      else struct.put(field, found);
    }
    return new SchemaAndValue(schema, struct);
  }

  @Override
  public byte[] fromConnectData(String topic, Schema schema, Object value) {
    throw new DataException("quotes are only read here");
  }
}
