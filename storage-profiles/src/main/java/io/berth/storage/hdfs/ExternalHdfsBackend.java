package io.berth.storage.hdfs;

import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An HDFS that is there already, described by its site files or by the URI of a directory. Berth checks and cleans it up by
 * its NameNodes' REST interface, so that has to be reachable; a cluster that asks for Kerberos is refused.
 */
public final class ExternalHdfsBackend implements StorageBackend {
    private static final String DEFAULT_WEB_PORT = "9870";
    private static final String WEB_ADDRESS = "dfs.namenode.http-address";
    private static final String AUTHENTICATION = "hadoop.security.authentication";

    @Override
    public String name() {
        return "hdfs-external";
    }

    @Override
    public String description() {
        return "a directory of an HDFS that is there already";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required(
                        "uri",
                        Setting.Kind.URI,
                        "a directory for berth alone, such as hdfs://namenode.example:8020/user/me/berth; an empty runs/ stays there"),
                Setting.optional(
                        "siteDirectory",
                        Setting.Kind.TEXT,
                        "where core-site.xml and hdfs-site.xml of its clients are; Hadoop's defaults if absent"),
                Setting.optional(
                        "webAddress",
                        Setting.Kind.URI,
                        "the NameNode's web address, such as http://namenode.example:9870; from the site files or the"
                                + " usual port if absent"),
                Setting.optional("user", Setting.Kind.TEXT, "acts as this user; the one who runs berth if absent"),
                Setting.optional("keepData", Setting.Kind.FLAG, "whether data sets outlive the run; true if absent"));
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.of(Role.DATA, Role.CHECKPOINT);
    }

    @Override
    public boolean reachesPods() {
        return true;
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Settings settings = Settings.of(profile);
        URI uri = settings.uri("uri").orElseThrow();
        if (!"hdfs".equals(uri.getScheme()) || uri.getAuthority() == null || !isPlainPath(uri)) {
            throw new StorageUnavailable(
                    "profile \"%s\": uri %s is no directory of an HDFS (such as hdfs://namenode.example:8020/user/me/berth, without characters that would have to be escaped)"
                            .formatted(profile.name(), uri));
        }
        Optional<SiteFiles> site =
                settings.path("siteDirectory").map(directory -> SiteFiles.in(profile.name(), directory));
        site.ifPresent(files -> refuseKerberos(profile.name(), files));
        String user = settings.text("user").orElse(System.getProperty("user.name"));
        List<URI> web =
                settings.uri("webAddress").map(List::of).orElseGet(() -> webAddresses(profile.name(), uri, site));
        ExternalCluster cluster = new ExternalCluster(
                profile.name(),
                "hdfs://" + uri.getAuthority(),
                new WebHdfs(web, user, Duration.ofMinutes(1)),
                settings.flag("keepData", true) ? Optional.empty() : Optional.of(root(uri) + "/data"));
        // Not fs.defaultFS: the event log, Spark's own files and whatever else has no scheme stay where they are.
        Map<String, String> conf = site.map(SiteFiles::sparkConf).orElse(Map.of());
        return new HdfsStorage(cluster, root(uri), run, conf, Map.of("HADOOP_USER_NAME", user));
    }

    private static String root(URI uri) {
        String path = uri.getPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** What has to be escaped in a URI is escaped by some of Hadoop and Spark and not by others. */
    private static boolean isPlainPath(URI uri) {
        String path = uri.getPath();
        return path.length() > 1 && uri.toASCIIString().endsWith(uri.getAuthority() + path);
    }

    private static void refuseKerberos(String profile, SiteFiles files) {
        files.value(AUTHENTICATION).filter(value -> !value.equals("simple")).ifPresent(value -> {
            throw new StorageUnavailable(
                    "profile \"%s\": its site files say that %s is %s, but berth knows no Kerberos (allowed: simple); use a cluster without it, or mount the directory by HDFS' NFS gateway and use backend mount"
                            .formatted(profile, AUTHENTICATION, value));
        });
    }

    /** Of a name service those of all its NameNodes, one of which is the active one. */
    private static List<URI> webAddresses(String profile, URI uri, Optional<SiteFiles> site) {
        Optional<String> nameNodes = site.flatMap(files -> files.value("dfs.ha.namenodes." + uri.getAuthority()));
        if (nameNodes.isPresent()) {
            return Stream.of(nameNodes.get().split(",", -1))
                    .map(nameNode -> "%s.%s.%s".formatted(WEB_ADDRESS, uri.getAuthority(), nameNode.strip()))
                    .map(key -> site.flatMap(files -> files.value(key))
                            .map(address -> webAddress(profile, key, address))
                            .orElseThrow(() -> new StorageUnavailable(
                                    "profile \"%s\": the site files don't say %s; add it, or webAddress to the profile"
                                            .formatted(profile, key))))
                    .toList();
        }
        return List.of(site.flatMap(files -> files.value(WEB_ADDRESS))
                .filter(address -> !address.startsWith("0.0.0.0"))
                .map(address -> webAddress(profile, WEB_ADDRESS, address))
                .orElse(URI.create("http://" + uri.getHost() + ":" + DEFAULT_WEB_PORT)));
    }

    private static URI webAddress(String profile, String key, String address) {
        try {
            return new URI("http://" + address);
        } catch (URISyntaxException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": the site files say that %s is \"%s\" (allowed: HOST:PORT); add webAddress to the profile"
                            .formatted(profile, key, address),
                    e);
        }
    }

    private static final class ExternalCluster implements HdfsStorage.Cluster {
        private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

        private final String profile;
        private final String uri;
        private final WebHdfs web;
        private final Optional<String> data;

        /**
         * A cluster of somebody else.
         *
         * @param data what is to be removed besides the run's directory
         */
        ExternalCluster(String profile, String uri, WebHdfs web, Optional<String> data) {
            this.profile = profile;
            this.uri = uri;
            this.web = web;
            this.data = data;
        }

        @Override
        public String uri() {
            return uri;
        }

        @Override
        public WebHdfs web() {
            return web;
        }

        @Override
        public void check() {
            try {
                web.within(CHECK_TIMEOUT).exists("/");
            } catch (IOException e) {
                throw unavailable(e);
            }
        }

        @Override
        public RuntimeException unavailable(IOException e) {
            return new StorageUnavailable(
                    "profile \"%s\": the HDFS of %s does not serve (%s); see whether it runs, its web address is right and its user may write there"
                            .formatted(profile, web.described(), e),
                    e);
        }

        @Override
        public void release(String runDirectory) {
            try {
                web.delete(runDirectory);
                if (data.isPresent()) {
                    web.delete(data.get());
                }
            } catch (IOException e) {
                throw new StorageUnavailable(
                        "profile \"%s\": %s%s could not be removed (%s); remove it by hand"
                                .formatted(profile, uri, runDirectory, e),
                        e);
            }
        }
    }
}
