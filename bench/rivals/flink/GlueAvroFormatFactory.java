import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.formats.avro.AvroFormatOptions.AvroEncoding;
import org.apache.flink.formats.avro.AvroRowDataDeserializationSchema;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.Projection;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.format.ProjectableDecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** Flink's own Avro format behind the header of 18 bytes that AWS Glue's registry puts before a body. */
public final class GlueAvroFormatFactory implements DeserializationFormatFactory {
  private static final int HEADER_BYTES = 18;

  @Override
  public String factoryIdentifier() {
    return "glue-avro";
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }

  @Override
  public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
      DynamicTableFactory.Context context, ReadableConfig options) {
    return new Format();
  }

  private static final class Format implements ProjectableDecodingFormat<DeserializationSchema<RowData>> {
    @Override
    public DeserializationSchema<RowData> createRuntimeDecoder(
        DynamicTableSource.Context context, DataType physical, int[][] projections) {
      DataType produced = Projection.of(projections).project(physical);
      TypeInformation<RowData> type = context.createTypeInformation(produced);
      RowType row = (RowType) produced.getLogicalType();
      return new Behind(new AvroRowDataDeserializationSchema(row, type, AvroEncoding.BINARY, true));
    }

    @Override
    public ChangelogMode getChangelogMode() {
      return ChangelogMode.insertOnly();
    }
  }

  private static final class Behind implements DeserializationSchema<RowData> {
    private final AvroRowDataDeserializationSchema avro;

    Behind(AvroRowDataDeserializationSchema avro) {
      this.avro = avro;
    }

    @Override
    public void open(InitializationContext context) throws Exception {
      avro.open(context);
    }

    @Override
    public RowData deserialize(byte[] value) throws java.io.IOException {
      return avro.deserialize(java.util.Arrays.copyOfRange(value, HEADER_BYTES, value.length));
    }

    @Override
    public boolean isEndOfStream(RowData row) {
      return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
      return avro.getProducedType();
    }
  }
}
