package io.berth.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.storage.server.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Spark, Hadoop's committers, clients and state stores count themselves, from where they say it into the report. */
@Tag("long")
class SecondSourcesIT {
    @TempDir
    private Path temp;

    private RealBerth berth;

    @BeforeEach
    void berth() {
        berth = new RealBerth(temp);
    }

    @Test
    void aStreamingQueryAndItsStateStoreAreHeldAgainstTheProbe() throws IOException {
        Path suite = berth.suite("""
                - name: streaming
                  warmup: 0
                  iterations: 1
                  parameters: {windowMillis: 100, windows: 5, keys: 100}
                  spark:
                    spark.sql.streaming.stateStore.providerClass: org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider
                """, berth.local("one", temp.resolve("one")));

        assertThat(berth.run("run", suite, "--out", berth.results()))
                .as(berth.log())
                .isZero();

        JsonNode io = berth.cells().get(0).path("io");
        assertThat(texts(io.path("otherSources"), "source"))
                .contains("Spark's walCommit and commitOffsets", "Spark's state commits", "Hadoop's bytesWritten");
        assertThat(texts(io.path("facts"), "name"))
                .contains("RocksDB's put count", "RocksDB's get count", "RocksDB's bytes copied");
    }

    @Test
    void anS3ServerThatThrottlesIsNamedAsTheSlowOne() throws Exception {
        Path credentials = Files.writeString(
                temp.resolve("credentials"),
                "[default]\naws_access_key_id = the-access-key\naws_secret_access_key = the-secret-key\n");
        try (Server server = ExternalS3.start(temp, "the-access-key", "the-secret-key");
                SlowingProxy proxy = SlowingProxy.before(server.port("port"))) {
            Path suite = berth.suite(
                    """
                    - name: sql
                      warmup: 0
                      iterations: 1
                      parameters: {scaleFactor: 0.01, queries: [q06, write]}
                    """, ExternalS3.profile(berth, "slow-s3", proxy.port(), ExternalS3.BUCKET, credentials));

            assertThat(berth.run("run", suite, "--out", berth.results()))
                    .as(berth.log())
                    .isZero();

            assertThat(proxy.slowed()).isPositive();
        }
        JsonNode io = berth.cells().get(0).path("io");
        assertThat(io.at("/waits/throttled").doubleValue()).isPositive();
        assertThat(io.at("/waits/retried").doubleValue())
                .as("those with the status 503, too, which S3A counts as retries alone")
                .isGreaterThan(io.at("/waits/throttled").doubleValue());
        assertThat(texts(io.path("facts"), "name")).contains("S3A's throttled requests", "S3A's retries");
        assertThat(texts(io.path("otherSources"), "source"))
                .contains("S3A's stream_read_bytes", "the committer's committer_bytes_committed");
        assertThat(berth.out("explain", berth.results(), "sql/slow-s3")).contains("The server is at its limit.");
    }

    private static List<String> texts(JsonNode all, String key) {
        List<String> texts = new ArrayList<>();
        all.forEach(it -> texts.add(it.path(key).textValue()));
        return texts;
    }
}
