package io.berth.storage.hdfs;

import io.berth.model.check.Trouble;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Access;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.TrustedAuthorities;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An HDFS that is there already, described by its site files or by the URI of a directory. Berth checks and cleans it up by
 * its NameNodes' REST interface, so that has to be reachable. What the site files say of Kerberos and HTTPS holds for both.
 */
public final class ExternalHdfsBackend implements StorageBackend {
    private static final String AUTHENTICATION = "hadoop.security.authentication";
    private static final String KERBEROS = "kerberos";

    private final Map<String, String> berthEnvironment;

    /** Looks for references to files in the environment of this process. */
    public ExternalHdfsBackend() {
        this(System.getenv());
    }

    /**
     * Looks for references to files elsewhere.
     *
     * @param environment in place of this process' own
     */
    public ExternalHdfsBackend(Map<String, String> environment) {
        this.berthEnvironment = Map.copyOf(environment);
    }

    /** Where NameNodes serve web pages, by Hadoop's words. */
    private enum Web {
        HTTP("http", "dfs.namenode.http-address", "9870"),
        HTTPS("https", "dfs.namenode.https-address", "9871");

        private final String scheme;
        private final String key;
        private final String defaultPort;

        Web(String scheme, String key, String defaultPort) {
            this.scheme = scheme;
            this.key = key;
            this.defaultPort = defaultPort;
        }
    }

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
        List<Setting> settings = new ArrayList<>(List.of(
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
                Setting.optional(
                        "caFile",
                        Setting.Kind.TEXT,
                        "PEM file of certificate authorities that berth trusts besides the JVM's, where the web address is https"),
                Setting.optional("keepData", Setting.Kind.FLAG, "whether data sets outlive the run; true if absent")));
        settings.addAll(Kerberos.settings());
        return settings;
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
        Optional<Kerberos> kerberos = kerberos(profile.name(), settings, site, run);
        String user = settings.text("user").orElse(System.getProperty("user.name"));
        HttpClient http = TrustedAuthorities.of(profile.name(), settings)
                .map(WebHdfs::client)
                .orElseGet(WebHdfs::client);
        List<URI> web =
                settings.uri("webAddress").map(List::of).orElseGet(() -> webAddresses(profile.name(), uri, site));
        String fileSystem = "hdfs://" + uri.getAuthority();
        ExternalCluster cluster = new ExternalCluster(
                profile.name(),
                fileSystem,
                new WebHdfs(web, user, kerberos, Duration.ofMinutes(1), http),
                settings.flag("keepData", true) ? Optional.empty() : Optional.of(root(uri) + "/data"));
        // Not fs.defaultFS: the event log, Spark's own files and whatever else has no scheme stay where they are.
        Map<String, String> conf = new TreeMap<>(site.map(SiteFiles::sparkConf).orElse(Map.of()));
        kerberos.ifPresent(it -> conf.putAll(it.sparkConf(fileSystem)));
        return new HdfsStorage(
                cluster,
                root(uri),
                run,
                new Access(
                        conf,
                        kerberos.map(Kerberos::environment).orElse(Map.of("HADOOP_USER_NAME", user)),
                        kerberos.map(Kerberos::volumes).orElse(List.of())));
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

    /** As the site files say, which servers and clients must agree on. */
    private Optional<Kerberos> kerberos(String profile, Settings settings, Optional<SiteFiles> site, RunScope run) {
        String asked = site.flatMap(files -> files.value(AUTHENTICATION)).orElse("simple");
        if (!asked.equals(KERBEROS)) {
            for (Setting setting : Kerberos.settings()) {
                if (settings.text(setting.name()).isPresent()) {
                    throw new StorageUnavailable(
                            "profile \"%s\": it has %s, but by its site files %s is %s; name those of a cluster with Kerberos as siteDirectory"
                                    .formatted(profile, setting.name(), AUTHENTICATION, asked));
                }
            }
            return Optional.empty();
        }
        if (settings.text("user").isPresent()) {
            throw new StorageUnavailable(
                    "profile \"%s\": user says who acts, but on a cluster with Kerberos principal does; remove user"
                            .formatted(profile));
        }
        if (run.remote()) {
            throw new StorageUnavailable(
                    "profile \"%s\": Spark's standalone clusters give executors no tokens of an HDFS with Kerberos (allowed with it: local masters and --master k8s)"
                            .formatted(profile));
        }
        return Optional.of(Kerberos.of(profile, settings, berthEnvironment, run.cluster()));
    }

    /** Of a name service those of all its NameNodes, one of which is the active one. */
    private static List<URI> webAddresses(String profile, URI uri, Optional<SiteFiles> site) {
        Web kind = site.flatMap(files -> files.value("dfs.http.policy"))
                        .filter("HTTPS_ONLY"::equals)
                        .isPresent()
                ? Web.HTTPS
                : Web.HTTP;
        Optional<String> nameNodes = site.flatMap(files -> files.value("dfs.ha.namenodes." + uri.getAuthority()));
        if (nameNodes.isPresent()) {
            return Stream.of(nameNodes.get().split(",", -1))
                    .map(nameNode -> "%s.%s.%s".formatted(kind.key, uri.getAuthority(), nameNode.strip()))
                    .map(key -> site.flatMap(files -> files.value(key))
                            .map(address -> webAddress(profile, kind, key, address))
                            .orElseThrow(() -> new StorageUnavailable(
                                    "profile \"%s\": the site files don't say %s; add it, or webAddress to the profile"
                                            .formatted(profile, key))))
                    .toList();
        }
        return List.of(site.flatMap(files -> files.value(kind.key))
                .filter(address -> !address.startsWith("0.0.0.0"))
                .map(address -> webAddress(profile, kind, kind.key, address))
                .orElse(URI.create("%s://%s:%s".formatted(kind.scheme, uri.getHost(), kind.defaultPort))));
    }

    private static URI webAddress(String profile, Web kind, String key, String address) {
        try {
            return new URI(kind.scheme + "://" + address);
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
            if (e instanceof WebHdfs.Standby) {
                return new StorageUnavailable(
                        Trouble.ENDPOINT,
                        "profile \"%s\": of the NameNodes at %s none is the active one; wait for the failover, or name all of them in the site files"
                                .formatted(profile, web.described()),
                        e);
            }
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
