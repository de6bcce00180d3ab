package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.suite.AccessType;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.hdfs.ExternalHdfsBackend;
import io.berth.storage.server.Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalHdfsIT extends StorageBackendContract {
    private static final HadoopClients CLIENTS = new HadoopClients();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    private static Path shared;

    private static Server nameNode;
    private static Server dataNode;

    private String root;

    @BeforeAll
    static void provide() throws IOException {
        Files.writeString(shared.resolve("core-site.xml"), "<configuration/>");
        // One DataNode can't hold Hadoop's default of three replicas, and refuses to append then.
        Files.writeString(
                shared.resolve("hdfs-site.xml"),
                "<configuration><property><name>dfs.replication</name><value>1</value></property></configuration>");
        nameNode = Servers.nameNode(shared);
        dataNode = Servers.dataNode(shared, nameNode);
    }

    @AfterAll
    static void close() {
        CLIENTS.close();
        dataNode.close();
        nameNode.close();
    }

    @BeforeEach
    void useADirectoryOfItsOwn() {
        root = "hdfs://127.0.0.1:%d/user/test%d/berth".formatted(nameNode.port("port"), NUMBER.incrementAndGet());
    }

    @Override
    StorageBackend backend() {
        return new ExternalHdfsBackend();
    }

    @Override
    StorageProfile profile() {
        return profile(Map.of("uri", root, "siteDirectory", shared.toString(), "webAddress", web(), "user", "super"));
    }

    @Override
    StorageClient client(Binding binding) {
        return CLIENTS.of(binding);
    }

    @Test
    void siteFilesSayHowToReachIt() throws IOException {
        Files.writeString(temp.resolve("core-site.xml"), """
                <configuration>
                  <property><name>fs.defaultFS</name><value>hdfs://elsewhere</value></property>
                  <property><name>fs.s3a.secret.key</name><value>planted</value></property>
                </configuration>
                """);
        Files.writeString(temp.resolve("hdfs-site.xml"), """
                <configuration>
                  <property><name>dfs.namenode.http-address</name><value>127.0.0.1:%d</value></property>
                  <property><name>dfs.replication</name><value>1</value></property>
                  <property><name>dfs.web.authentication.kerberos.keytab</name><value>/planted</value></property>
                </configuration>
                """.formatted(nameNode.port("web")));
        StorageProfile profile = profile(Map.of("uri", root, "siteDirectory", temp.toString(), "user", "super"));

        try (Storage storage = backend().open(profile, run("a"))) {
            assertThat(storage.bind(FIRST, EnumSet.of(Role.DATA)).sparkConf())
                    .containsOnly(
                            Map.entry("spark.hadoop.dfs.namenode.http-address", "127.0.0.1:" + nameNode.port("web")),
                            Map.entry("spark.hadoop.dfs.replication", "1"));
        }
    }

    @Test
    void dataIsRemovedWhenTheProfileDoesNotKeepIt() {
        Binding binding;
        // With the site files, because Hadoop keeps a client for all who ask for the same file system after it.
        StorageProfile profile = profile(Map.of(
                "uri",
                root,
                "siteDirectory",
                shared.toString(),
                "webAddress",
                web(),
                "user",
                "super",
                "keepData",
                false));
        try (Storage storage = backend().open(profile, run("a"))) {
            binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            client(binding).write(binding.uris().get(Role.DATA) + "/set/file", "x");
        }

        assertThat(client(binding).exists(binding.uris().get(Role.DATA) + "/set"))
                .isFalse();
    }

    @Test
    void aUserWhoMayNotWriteThereIsRefused() {
        assertThatThrownBy(() ->
                        backend().open(profile(Map.of("uri", root, "webAddress", web(), "user", "nobody")), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("AccessControlException")
                .hasMessageContaining("user=nobody");
    }

    @Test
    void aPortWhereNothingListensIsNamed() {
        assertThatThrownBy(() ->
                        backend().open(profile(Map.of("uri", root, "webAddress", "http://127.0.0.1:1")), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("profile \"hdfs\"")
                .hasMessageContaining("http://127.0.0.1:1")
                .hasMessageContaining("ConnectException");
    }

    @Test
    void aUriThatIsNoDirectoryOfAnHdfsIsRefused() {
        assertThatThrownBy(() -> backend().open(profile(Map.of("uri", "s3a://bucket/x")), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("uri s3a://bucket/x is no directory of an HDFS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/user/my%20dir/berth", "/user/m\u00fcller/berth"})
    void aDirectoryWhoseNameHasToBeEscapedIsRefused(String path) {
        assertThatThrownBy(() -> backend().open(profile(Map.of("uri", "hdfs://namenode:8020" + path)), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("without characters that would have to be escaped");
    }

    /** The first NameNode of the name service is down, so the second one must be the active one. */
    @Test
    void ofANameServiceTheNameNodeThatServesIsFound() throws IOException {
        Files.writeString(temp.resolve("core-site.xml"), "<configuration/>");
        Files.writeString(temp.resolve("hdfs-site.xml"), """
                <configuration>
                  <property><name>dfs.nameservices</name><value>lab</value></property>
                  <property><name>dfs.ha.namenodes.lab</name><value>nn1, nn2</value></property>
                  <property><name>dfs.namenode.http-address.lab.nn1</name><value>127.0.0.1:1</value></property>
                  <property><name>dfs.namenode.rpc-address.lab.nn1</name><value>127.0.0.1:1</value></property>
                  <property><name>dfs.namenode.http-address.lab.nn2</name><value>127.0.0.1:%d</value></property>
                  <property><name>dfs.namenode.rpc-address.lab.nn2</name><value>127.0.0.1:%d</value></property>
                  <property>
                    <name>dfs.client.failover.proxy.provider.lab</name>
                    <value>org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider</value>
                  </property>
                  <property><name>dfs.replication</name><value>1</value></property>
                </configuration>
                """.formatted(nameNode.port("web"), nameNode.port("port")));
        StorageProfile profile = profile(Map.of(
                "uri", "hdfs://lab" + URI.create(root).getPath(), "siteDirectory", temp.toString(), "user", "super"));

        Binding binding;
        try (Storage storage = backend().open(profile, run("a"))) {
            binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            client(binding).write(binding.outputUri() + "/file", "x");
            storage.check();
            assertThat(client(binding).read(binding.outputUri() + "/file")).isEqualTo("x");
        }
        assertThat(client(binding).exists(binding.outputUri() + "/file")).isFalse();
    }

    @Test
    void missingSiteFilesAreNamed() {
        assertThatThrownBy(
                        () -> backend().open(profile(Map.of("uri", root, "siteDirectory", temp.toString())), run("a")))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("has no core-site.xml");
    }

    private static String web() {
        return "http://127.0.0.1:" + nameNode.port("web");
    }

    private static StorageProfile profile(Map<String, Object> settings) {
        return new StorageProfile("hdfs", "hdfs-external", "an HDFS", AccessType.DISTRIBUTED, settings);
    }
}
