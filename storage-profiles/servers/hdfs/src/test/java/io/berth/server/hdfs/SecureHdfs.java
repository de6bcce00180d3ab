package io.berth.server.hdfs;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.MiniDFSNNTopology;
import org.apache.hadoop.minikdc.MiniKdc;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.kerby.kerberos.kerb.keytab.Keytab;
import org.apache.kerby.kerberos.kerb.keytab.KeytabEntry;
import org.apache.kerby.kerberos.kerb.server.KdcConfigKey;
import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;
import org.apache.kerby.kerberos.kerb.type.base.PrincipalName;
import org.apache.kerby.util.NetworkUtil;

/**
 * An HDFS as companies have it, in one process: a KDC, two NameNodes of which one is active, a DataNode; Kerberos everywhere,
 * HTTPS alone, with a certificate of an authority that no JVM knows. It is what users bring along, so it is a test's.
 *
 * <p>In its directory it leaves what users have of such a cluster: {@code site/} of the name service {@code lab}, {@code
 * standby/} that knows the second NameNode alone, {@code bench.keytab}, {@code stale.keytab} whose key isn't the KDC's any
 * more, {@code nobody.keytab} of one whom the KDC doesn't know, {@code krb5.conf} and {@code authority.pem}. {@code /user/bench} is bench's. It prints {@code ready kdc=PORT
 * strict=PORT control=PORT}; by a GET at the latter {@code /active/N} makes a NameNode the active one, {@code /kill/N} ends one, and {@code
 * /runs/N} lists what is left of runs.
 */
public final class SecureHdfs {
    private static final String REALM = "BERTH.TEST";
    private static final String PASSWORD = "changeit";
    private static final String EVERYWHERE = "0.0.0.0";

    private final Path directory;
    private final String host;
    private final String service;
    private final String web;

    private SecureHdfs(Path directory, String host) {
        this.directory = directory;
        this.host = host;
        this.service = "hdfs/%s@%s".formatted(host, REALM);
        this.web = "HTTP/%s@%s".formatted(host, REALM);
    }

    /**
     * Starts all of it.
     *
     * @param args a directory of its own, which exists, and perhaps this machine's name as clients call it, {@code localhost} if
     *             absent
     */
    public static void main(String[] args) throws Exception {
        PrintStream ready = System.out;
        System.setOut(System.err);
        new SecureHdfs(Path.of(args[0]).toAbsolutePath(), args.length > 1 ? args[1] : "localhost").start(ready);
    }

    private void start(PrintStream ready) throws Exception {
        MiniKdc kdc = kdc();
        Configuration conf = secured();
        UserGroupInformation.setConfiguration(conf);
        UserGroupInformation.loginUserFromKeytab(
                service, directory.resolve("hdfs.keytab").toString());
        MiniDFSCluster cluster = new MiniDFSCluster.Builder(
                        conf, directory.resolve("dfs").toFile())
                .nnTopology(MiniDFSNNTopology.simpleHATopology())
                .numDataNodes(1)
                .checkDataNodeAddrConfig(true)
                .checkDataNodeHostConfig(true)
                .build();
        cluster.transitionToActive(0);
        cluster.waitActive();
        try (FileSystem files = FileSystem.newInstance(cluster.getURI(0), conf)) {
            org.apache.hadoop.fs.Path home = new org.apache.hadoop.fs.Path("/user/bench");
            files.mkdirs(home);
            files.setOwner(home, "bench", "bench");
        }
        write(directory.resolve("site"), sites(cluster, List.of(0, 1)));
        write(directory.resolve("standby"), sites(cluster, List.of(1)));
        ready.printf(
                "ready kdc=%d strict=%d control=%d%n",
                kdc.getPort(),
                strictKdc().getKdcTcpPort(),
                control(cluster).getAddress().getPort());
    }

    private MiniKdc kdc() throws Exception {
        Properties conf = MiniKdc.createConf();
        conf.setProperty(MiniKdc.ORG_NAME, "BERTH");
        conf.setProperty(MiniKdc.ORG_DOMAIN, "TEST");
        conf.setProperty(MiniKdc.KDC_BIND_ADDRESS, host);
        MiniKdc kdc = new MiniKdc(
                conf, Files.createDirectories(directory.resolve("kdc")).toFile());
        kdc.start();
        // Which says localhost, whatever the KDC is bound to; our own log-ins read it, too.
        Path settings = kdc.getKrb5conf().toPath();
        Files.writeString(settings, Files.readString(settings).replace("localhost", host));
        Files.copy(settings, directory.resolve("krb5.conf"));
        kdc.createPrincipal(directory.resolve("hdfs.keytab").toFile(), "hdfs/" + host, "HTTP/" + host);
        kdc.createPrincipal(directory.resolve("bench.keytab").toFile(), "bench");
        File other = directory.resolve("other.keytab").toFile();
        kdc.createPrincipal(other, "other");
        // As after a change of bench's key, and of one whom the KDC has never known.
        relabel(other, new PrincipalName("bench@" + REALM), directory.resolve("stale.keytab"));
        relabel(other, new PrincipalName("nobody@" + REALM), directory.resolve("nobody.keytab"));
        return kdc;
    }

    /** A KDC that tolerates no difference between clocks, so that every client's is wrong, and leaves a key of bench's. */
    private SimpleKdcServer strictKdc() throws Exception {
        SimpleKdcServer kdc = new SimpleKdcServer();
        kdc.setWorkDir(Files.createDirectories(directory.resolve("strict-kdc")).toFile());
        kdc.setKdcRealm(REALM);
        kdc.setKdcHost(host);
        kdc.setAllowUdp(false);
        kdc.setKdcTcpPort(NetworkUtil.getServerPort());
        kdc.getKdcConfig().setInt(KdcConfigKey.ALLOWABLE_CLOCKSKEW, 0);
        // Else the time is held against its clock earlier, and the answer is that the key is wrong.
        kdc.getKdcConfig().setBoolean(KdcConfigKey.PREAUTH_REQUIRED, false);
        kdc.init();
        kdc.start();
        kdc.createAndExportPrincipals(directory.resolve("strict.keytab").toFile(), "bench@" + REALM, web);
        return kdc;
    }

    /** The keys of one with the name of another. */
    private static void relabel(File keytab, PrincipalName name, Path to) throws IOException {
        Keytab keys = Keytab.loadKeytab(keytab);
        Keytab relabelled = new Keytab();
        for (KeytabEntry entry : keys.getKeytabEntries(keys.getPrincipals().get(0))) {
            relabelled.addEntry(new KeytabEntry(name, entry.getTimestamp(), entry.getKvno(), entry.getKey()));
        }
        relabelled.store(to.toFile());
    }

    private Configuration secured() throws IOException, InterruptedException {
        Configuration conf = new Configuration();
        conf.set("hadoop.security.authentication", "kerberos");
        conf.set("hadoop.tmp.dir", directory.resolve("tmp").toString());
        String keytab = directory.resolve("hdfs.keytab").toString();
        for (String server : List.of("namenode", "datanode")) {
            conf.set("dfs.%s.kerberos.principal".formatted(server), service);
            conf.set("dfs.%s.keytab.file".formatted(server), keytab);
        }
        conf.set("hadoop.http.authentication.type", "kerberos");
        for (String server : List.of("hadoop.http", "dfs.web")) {
            conf.set(server + ".authentication.kerberos.principal", web);
            conf.set(server + ".authentication.kerberos.keytab", keytab);
        }
        conf.setBoolean("dfs.block.access.token.enable", true);
        conf.set("dfs.data.transfer.protection", "authentication");
        conf.set("dfs.http.policy", "HTTPS_ONLY");
        conf.set("dfs.namenode.https-address", host + ":0");
        for (String socket : List.of("rpc", "https")) {
            conf.set("dfs.namenode.%s-bind-host".formatted(socket), EVERYWHERE);
        }
        for (String socket : List.of("address", "https.address", "ipc.address")) {
            conf.set("dfs.datanode." + socket, EVERYWHERE + ":0");
        }
        conf.set("dfs.datanode.hostname", host);
        conf.setBoolean("dfs.ha.standby.checkpoints", false);
        conf.set("dfs.namenode.safemode.extension", "0");
        Path keyStore = directory.resolve("server.p12");
        keytool(keyStore, "-genkeypair", "-keyalg", "EC", "-dname", "CN=lab", "-ext", "san=dns:" + host);
        keytool(
                keyStore,
                "-exportcert",
                "-rfc",
                "-file",
                directory.resolve("authority.pem").toString());
        Map<String, String> tls = new TreeMap<>();
        for (String store : List.of("keystore", "truststore")) {
            tls.put("ssl.server.%s.location".formatted(store), keyStore.toString());
            tls.put("ssl.server.%s.type".formatted(store), "PKCS12");
            tls.put("ssl.server.%s.password".formatted(store), PASSWORD);
        }
        tls.put("ssl.server.keystore.keypassword", PASSWORD);
        Path server = Files.writeString(directory.resolve("ssl-server.xml"), xml(tls));
        // By a path of its own, because Hadoop looks for the resource on the class path.
        conf.set("dfs.https.server.keystore.resource", server.getFileName().toString());
        Thread.currentThread()
                .setContextClassLoader(new java.net.URLClassLoader(
                        new java.net.URL[] {directory.toUri().toURL()},
                        Thread.currentThread().getContextClassLoader()));
        conf.setClassLoader(Thread.currentThread().getContextClassLoader());
        return conf;
    }

    private static void keytool(Path keyStore, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", keyStore.toString(), "-storepass", PASSWORD, "-alias", "server"));
        int exitCode = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (exitCode != 0) {
            throw new IOException("keytool ended with exit code " + exitCode);
        }
    }

    /** What an administrator hands out: how clients reach some of the NameNodes as the name service {@code lab}. */
    private Map<String, String> sites(MiniDFSCluster cluster, List<Integer> nameNodes) {
        Map<String, String> conf = new TreeMap<>();
        conf.put("fs.defaultFS", "hdfs://lab");
        conf.put("hadoop.security.authentication", "kerberos");
        conf.put("dfs.namenode.kerberos.principal", service);
        conf.put("dfs.data.transfer.protection", "authentication");
        conf.put("dfs.http.policy", "HTTPS_ONLY");
        conf.put("dfs.replication", "1");
        // The DataNode's address is the loopback interface's, by which its NameNode knows it.
        conf.put("dfs.client.use.datanode.hostname", "true");
        conf.put("dfs.nameservices", "lab");
        List<String> names = new ArrayList<>();
        for (int index : nameNodes) {
            String name = "nn" + (index + 1);
            names.add(name);
            conf.put("dfs.namenode.rpc-address.lab." + name, host + ":" + cluster.getNameNodePort(index));
            conf.put(
                    "dfs.namenode.https-address.lab." + name,
                    host + ":" + cluster.getNameNode(index).getHttpsAddress().getPort());
        }
        conf.put("dfs.ha.namenodes.lab", String.join(",", names));
        conf.put(
                "dfs.client.failover.proxy.provider.lab",
                "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider");
        return conf;
    }

    private static void write(Path directory, Map<String, String> conf) throws IOException {
        Files.createDirectories(directory);
        Map<String, String> core = new TreeMap<>(conf);
        core.keySet().removeIf(key -> key.startsWith("dfs."));
        Map<String, String> hdfs = new TreeMap<>(conf);
        hdfs.keySet().removeAll(core.keySet());
        Files.writeString(directory.resolve("core-site.xml"), xml(core));
        Files.writeString(directory.resolve("hdfs-site.xml"), xml(hdfs));
    }

    private static String xml(Map<String, String> conf) {
        StringBuilder xml = new StringBuilder("<configuration>\n");
        conf.forEach((key, value) ->
                xml.append("  <property><name>%s</name><value>%s</value></property>%n".formatted(key, value)));
        return xml.append("</configuration>\n").toString();
    }

    /** What is left of runs, as the superuser sees it. */
    private static String runs(MiniDFSCluster cluster, int index) throws IOException {
        StringBuilder left = new StringBuilder();
        try (FileSystem files = FileSystem.newInstance(cluster.getURI(index), cluster.getConfiguration(index))) {
            for (FileStatus status : files.globStatus(new org.apache.hadoop.fs.Path("/user/bench/berth/runs/*"))) {
                left.append(status.getPath()).append('\n');
            }
        }
        return left.toString();
    }

    private static HttpServer control(MiniDFSCluster cluster) throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            String[] words = exchange.getRequestURI().getPath().split("/", -1);
            int index = Integer.parseInt(words[2]);
            byte[] said = "done".getBytes(StandardCharsets.UTF_8);
            int status = 200;
            try {
                switch (words[1]) {
                    case "active" -> {
                        if (cluster.getNameNode(1 - index) != null) {
                            cluster.transitionToStandby(1 - index);
                        }
                        cluster.transitionToActive(index);
                    }
                    case "kill" -> cluster.shutdownNameNode(index);
                    case "runs" -> said = runs(cluster, index).getBytes(StandardCharsets.UTF_8);
                    default -> throw new IOException("not known: " + words[1]);
                }
            } catch (Exception e) {
                e.printStackTrace();
                said = e.toString().getBytes(StandardCharsets.UTF_8);
                status = 500;
            }
            exchange.sendResponseHeaders(status, said.length);
            exchange.getResponseBody().write(said);
            exchange.close();
        });
        http.start();
        return http;
    }
}
