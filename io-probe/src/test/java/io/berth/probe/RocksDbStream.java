package io.berth.probe;

import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;

/** In a file of its own, by which its stages are named. */
final class RocksDbStream {
    private RocksDbStream() {}

    static StreamingQuery start(DataStreamWriter<Row> writer) throws TimeoutException {
        return writer.start();
    }
}
