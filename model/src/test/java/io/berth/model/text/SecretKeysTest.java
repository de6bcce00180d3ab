package io.berth.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretKeysTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark.hadoop.fs.s3a.access.key",
                "spark.hadoop.fs.s3a.secret.key",
                "spark.hadoop.fs.s3a.bucket.b.session.token",
                "spark.hadoop.fs.s3a.encryption.key",
                "spark.hadoop.fs.azure.account.key.x.dfs.core.windows.net",
                "spark.authenticate.secret",
                "spark.ssl.keyStorePassword",
                "javax.net.ssl.trustStorePassword"
            })
    void aSecretIsToldByItsKey(String key) {
        assertThat(SecretKeys.holdsSecret(key)).isTrue();
        assertThat(SecretKeys.mayHoldSecret(key)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark.kerberos.keytab",
                "spark.authenticate.secret.file",
                "spark.kubernetes.authenticate.submission.oauthTokenFile",
                "spark.hadoop.hadoop.security.credential.provider.path",
                "spark.security.credentials.hadoopfs.enabled",
                "spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY",
                "spark.kubernetes.driver.secrets.s3"
            })
    void aReferenceToASecretIsNone(String key) {
        assertThat(SecretKeys.holdsSecret(key)).isFalse();
        assertThat(SecretKeys.mayHoldSecret(key)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark.hadoop.fs.s3a.aws.credentials.provider",
                "spark.sql.shuffle.partitions",
                "spark.kryo.registrator",
                "spark.hadoop.fs.s3a.endpoint"
            })
    void anythingElseIsShown(String key) {
        assertThat(SecretKeys.mayHoldSecret(key)).isFalse();
    }
}
