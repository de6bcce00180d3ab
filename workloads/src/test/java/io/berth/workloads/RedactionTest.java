package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedactionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark.hadoop.fs.s3a.access.key",
                "spark.hadoop.fs.s3a.secret.key",
                "spark.hadoop.fs.s3a.session.token",
                "spark.hadoop.fs.azure.account.key.x",
                "spark.kerberos.keytab",
                "spark.ssl.keyStorePassword",
                "spark.authenticate.secret"
            })
    void valuesOfSecretKeysAreHidden(String key) {
        assertThat(Redaction.redacted(Map.of(key, "hunter2"))).containsEntry(key, Redaction.REDACTED);
    }

    @Test
    void whatIsNoSecretIsShown() {
        Map<String, String> conf = Map.of(
                "spark.hadoop.fs.s3a.aws.credentials.provider", "org.example.Provider",
                "spark.sql.shuffle.partitions", "4",
                "spark.hadoop.fs.s3a.endpoint", "http://127.0.0.1:9000");
        assertThat(Redaction.redacted(conf)).isEqualTo(conf);
    }

    @Test
    void aSecretInAValueIsHidden() {
        assertThat(Redaction.redacted(Map.of(
                        "spark.driver.extraJavaOptions", "-Djavax.net.ssl.trustStorePassword=hunter2",
                        "spark.jars.repositories", "https://me:hunter2@example.org/x")))
                .containsEntry("spark.driver.extraJavaOptions", Redaction.REDACTED)
                .containsEntry("spark.jars.repositories", "https://(redacted)@example.org/x");
    }

    @Test
    void sparksOwnPatternCounts() {
        assertThat(Redaction.redacted(Map.of("spark.redaction.regex", "(?i)colour", "my.colour", "blue")))
                .containsEntry("my.colour", Redaction.REDACTED);
    }
}
