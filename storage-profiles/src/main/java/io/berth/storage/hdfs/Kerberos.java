package io.berth.storage.hdfs;

import io.berth.model.check.Trouble;
import io.berth.storage.Cluster;
import io.berth.storage.PodVolume;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.Trees;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.security.auth.Subject;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;
import javax.security.auth.login.LoginContext;
import javax.security.auth.login.LoginException;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSException;
import org.ietf.jgss.GSSManager;
import org.ietf.jgss.GSSName;
import org.ietf.jgss.Oid;

/**
 * Who acts on a cluster that asks for Kerberos: a principal, and a reference to its key. Berth itself logs in by the JDK's own
 * Kerberos for every request, of which there are a few for each trial, so that no ticket can expire between them.
 */
final class Kerberos {
    private static final String KEYTAB_VARIABLE = "KRB5_CLIENT_KTNAME";
    private static final String CONF_VARIABLE = "KRB5_CONFIG";
    private static final String KEYTAB = "keytab";
    private static final String CONF = "krb5.conf";
    private static final String MOUNT_PATH = "/etc/berth-kerberos";
    private static final int READ_BY_OWNER_AND_GROUP = 0440;
    private static final String CONF_PROPERTY = "java.security.krb5.conf";
    private static final String SPNEGO = "1.3.6.1.5.5.2";

    /** The JDK keeps one set of settings for the whole process. */
    private static final Object SETTINGS = new Object();

    /** What the JDK may say, with the codes of RFC 4120 in brackets, and what to make of it. */
    private static final List<Meaning> MEANINGS = List.of(
            new Meaning(
                    "nable to obtain password",
                    Trouble.CREDENTIALS_MISSING,
                    "%2$s holds no key of %1$s; klist -kt says whose keys are in it"),
            new Meaning(
                    "(6)",
                    Trouble.CREDENTIALS_REFUSED,
                    "the KDC doesn't know %1$s; correct principal, or have it made"),
            new Meaning(
                    "(1)|(18)|(23)",
                    Trouble.CREDENTIALS_REFUSED,
                    "%1$s has expired or is locked; have the KDC's administrator renew it"),
            new Meaning(
                    "Checksum failed|(24)|(31)",
                    Trouble.CREDENTIALS_REFUSED,
                    "the key in %2$s isn't that of %1$s any more; fetch a new keytab"),
            new Meaning(
                    "(14)",
                    Trouble.CREDENTIALS_REFUSED,
                    "%2$s has no key of a type that the KDC takes; fetch a new keytab"),
            new Meaning(
                    "(37)",
                    Trouble.CLOCK,
                    "the clocks of this machine and the KDC are too far apart; synchronise them (NTP)"),
            new Meaning(
                    "(7)",
                    Trouble.OTHER,
                    "the KDC doesn't know HTTP/%3$s; the web address must have the name that the NameNode's principal has"),
            new Meaning(
                    "Cannot locate",
                    Trouble.ENDPOINT,
                    "nothing says where the KDC of %1$s is; name a krb5.conf that does as krb5Conf"));

    /**
     * An error that people can do something about.
     *
     * @param signs parts of the JDK's messages, with bars between them
     * @param says  format of the principal, of where its key is, and of the server's name
     */
    private record Meaning(String signs, Trouble trouble, String says) {
        boolean fits(String said) {
            return Stream.of(signs.split("\\|", -1)).anyMatch(said::contains);
        }
    }

    private final String profile;
    private final String principal;
    private final Path keytab;
    private final Optional<Path> conf;
    private final Optional<Contents> secret;

    /**
     * What a Secret holds.
     *
     * @param source as messages call it
     * @param data   in Base64, as Kubernetes hands it out
     */
    private record Contents(String name, String source, Map<String, String> data) {
        byte[] of(String key) {
            return Base64.getDecoder().decode(data.getOrDefault(key, ""));
        }
    }

    /** A directory of its owner's alone, with what a Secret holds: the JDK reads files. Gone before any request is sent. */
    private record LaidDown(Path directory) implements AutoCloseable {
        static LaidDown of(Contents contents) throws IOException {
            LaidDown files = new LaidDown(Files.createTempDirectory("berth-kerberos"));
            try {
                Files.write(files.keytab(), contents.of(KEYTAB));
                Files.write(files.conf(), contents.of(CONF));
                return files;
            } catch (IOException e) {
                files.close();
                throw e;
            }
        }

        Path keytab() {
            return directory.resolve(KEYTAB);
        }

        Path conf() {
            return directory.resolve(CONF);
        }

        @Override
        public void close() throws IOException {
            Trees.delete(directory);
        }
    }

    private Kerberos(String profile, String principal, Path keytab, Optional<Path> conf, Optional<Contents> secret) {
        this.profile = profile;
        this.principal = principal;
        this.keytab = keytab;
        this.conf = conf;
        this.secret = secret;
    }

    static List<Setting> settings() {
        return List.of(
                Setting.optional(
                        "principal",
                        Setting.Kind.TEXT,
                        "who acts on a cluster that asks for Kerberos, such as me@EXAMPLE.COM"),
                Setting.optional(
                        "keytab",
                        Setting.Kind.TEXT,
                        "the file with its key; the one that environment variable %s names if absent"
                                .formatted(KEYTAB_VARIABLE)),
                Setting.optional(
                        "krb5Conf",
                        Setting.Kind.TEXT,
                        "the file that says where the KDC is; the one that environment variable %s names if absent, or else /etc/krb5.conf"
                                .formatted(CONF_VARIABLE)),
                Setting.optional(
                        "keytabSecret",
                        Setting.Kind.TEXT,
                        "on Kubernetes in place of both files: a Secret with keys %s and %s, in the namespace that berth works in"
                                .formatted(KEYTAB, CONF)));
    }

    /**
     * What a profile refers to.
     *
     * @param environment of berth
     * @param cluster     where Secrets are, if there are any
     * @throws StorageUnavailable naming what isn't there
     */
    static Kerberos of(String profile, Settings settings, Map<String, String> environment, Optional<Cluster> cluster) {
        String principal = settings.text("principal").orElse("");
        if (!principal.matches("[^@\\s]+@[^@\\s]+")) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": its cluster asks for Kerberos, but principal is \"%s\" (allowed: NAME@REALM, or NAME/HOST@REALM)"
                            .formatted(profile, principal));
        }
        return cluster.isPresent()
                ? fromSecret(profile, principal, settings, cluster.get())
                : fromFiles(profile, principal, settings, environment);
    }

    private static Kerberos fromFiles(
            String profile, String principal, Settings settings, Map<String, String> environment) {
        if (settings.text("keytabSecret").isPresent()) {
            throw new StorageUnavailable(
                    "profile \"%s\": keytabSecret needs a Kubernetes; use --master k8s, or keytab".formatted(profile));
        }
        Path keytab = settings.path("keytab")
                .or(() -> file(environment, KEYTAB_VARIABLE))
                .orElseThrow(() -> new StorageUnavailable(
                        Trouble.CREDENTIALS_MISSING,
                        "profile \"%s\": nothing says where the key of %s is; add keytab, or export %s"
                                .formatted(profile, principal, KEYTAB_VARIABLE)));
        Optional<Path> conf = settings.path("krb5Conf").or(() -> file(environment, CONF_VARIABLE));
        requireReadable(profile, "keytab", keytab);
        conf.ifPresent(file -> requireReadable(profile, "krb5Conf", file));
        return new Kerberos(
                profile, principal, keytab.toAbsolutePath(), conf.map(Path::toAbsolutePath), Optional.empty());
    }

    /** MIT's tools, whose variables they are, allow a prefix. */
    private static Optional<Path> file(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable))
                .map(value -> value.replaceFirst("^FILE:", ""))
                .filter(value -> !value.isBlank())
                .map(Path::of);
    }

    private static void requireReadable(String profile, String setting, Path file) {
        if (!Files.isReadable(file)) {
            throw new StorageUnavailable(
                    Trouble.CREDENTIALS_MISSING,
                    "profile \"%s\": %s %s can't be read; see whether it is there and whose it is"
                            .formatted(profile, setting, file));
        }
    }

    private static Kerberos fromSecret(String profile, String principal, Settings settings, Cluster cluster) {
        String name = settings.text("keytabSecret")
                .orElseThrow(() -> new StorageUnavailable(
                        Trouble.CREDENTIALS_MISSING,
                        "profile \"%s\": a keytab of this machine is in no pod; make a Secret with keys %s and %s and name it as keytabSecret"
                                .formatted(profile, KEYTAB, CONF)));
        String source = "Secret %s of namespace %s".formatted(name, cluster.namespace());
        Map<String, String> data = new TreeMap<>();
        try {
            Secret secret = cluster.client()
                    .secrets()
                    .inNamespace(cluster.namespace())
                    .withName(name)
                    .get();
            if (secret != null && secret.getData() != null) {
                data.putAll(secret.getData());
            }
        } catch (KubernetesClientException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": %s can't be read (HTTP status %d); see kubectl auth can-i get secrets -n %s"
                            .formatted(profile, source, e.getCode(), cluster.namespace()),
                    e);
        }
        for (String key : List.of(KEYTAB, CONF)) {
            if (data.getOrDefault(key, "").isEmpty()) {
                throw new StorageUnavailable(
                        Trouble.CREDENTIALS_MISSING,
                        "profile \"%s\": the keytab of %s and the krb5.conf should be in %s, which has no key %s"
                                .formatted(profile, principal, source, key));
            }
        }
        return new Kerberos(
                profile,
                principal,
                Path.of(MOUNT_PATH, KEYTAB),
                Optional.of(Path.of(MOUNT_PATH, CONF)),
                Optional.of(new Contents(name, source, data)));
    }

    /** What Spark must be told, so that the driver logs in and gives executors tokens of this file system. */
    Map<String, String> sparkConf(String fileSystem) {
        return Map.of(
                "spark.kerberos.principal",
                principal,
                "spark.kerberos.keytab",
                keytab.toString(),
                "spark.kerberos.access.hadoopFileSystems",
                fileSystem);
    }

    /** Of applications: the JVM has its settings by an option alone, and the driver's is started before Spark reads its own. */
    Map<String, String> environment() {
        return conf.map(file -> Map.of("JAVA_TOOL_OPTIONS", "-D%s=%s".formatted(CONF_PROPERTY, file)))
                .orElse(Map.of());
    }

    /** Of pods. */
    List<PodVolume> volumes() {
        return secret
                .map(contents -> new PodVolume(
                        new VolumeBuilder()
                                .withName("berth-kerberos")
                                .withNewSecret()
                                .withSecretName(contents.name())
                                .withDefaultMode(READ_BY_OWNER_AND_GROUP)
                                .endSecret()
                                .build(),
                        MOUNT_PATH))
                .stream()
                .toList();
    }

    /**
     * What a request to a web server says, so that it knows who asks.
     *
     * @param host the server's name
     * @return value of the header {@code Authorization}; good for one request
     * @throws StorageUnavailable if there is no ticket for it
     */
    String authorization(String host) {
        if (secret.isEmpty()) {
            return authorization(host, keytab, conf);
        }
        try (LaidDown files = LaidDown.of(secret.get())) {
            return authorization(host, files.keytab(), Optional.of(files.conf()));
        } catch (IOException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": the keytab can't be laid down for a log-in (%s)".formatted(profile, e), e);
        }
    }

    private String authorization(String host, Path keys, Optional<Path> settings) {
        synchronized (SETTINGS) {
            Optional<String> before = Optional.ofNullable(System.getProperty(CONF_PROPERTY));
            try {
                settings.ifPresent(file -> System.setProperty(CONF_PROPERTY, file.toString()));
                LoginContext login = new LoginContext("berth", new Subject(), null, module(keys));
                login.login();
                PrivilegedExceptionAction<String> ask = () -> token(host);
                return "Negotiate " + Subject.doAs(login.getSubject(), ask);
            } catch (LoginException e) {
                throw explained(e, host);
            } catch (PrivilegedActionException e) {
                throw explained(e.getException(), host);
            } finally {
                before.ifPresentOrElse(
                        value -> System.setProperty(CONF_PROPERTY, value), () -> System.clearProperty(CONF_PROPERTY));
            }
        }
    }

    private Configuration module(Path keys) {
        Map<String, String> options = Map.of(
                "principal", principal,
                "useKeyTab", "true",
                "keyTab", keys.toString(),
                "doNotPrompt", "true",
                // Else what an earlier log-in has read holds.
                "refreshKrb5Config", "true");
        return new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                return new AppConfigurationEntry[] {
                    new AppConfigurationEntry(
                            "com.sun.security.auth.module.Krb5LoginModule", LoginModuleControlFlag.REQUIRED, options)
                };
            }
        };
    }

    private static String token(String host) throws GSSException {
        GSSManager manager = GSSManager.getInstance();
        GSSContext context = manager.createContext(
                manager.createName("HTTP@" + host, GSSName.NT_HOSTBASED_SERVICE),
                new Oid(SPNEGO),
                null,
                GSSContext.DEFAULT_LIFETIME);
        try {
            context.requestMutualAuth(true);
            return Base64.getEncoder().encodeToString(context.initSecContext(new byte[0], 0, 0));
        } finally {
            context.dispose();
        }
    }

    private StorageUnavailable explained(Exception e, String host) {
        String said = String.valueOf(e.getMessage()).strip();
        String key = secret.map(Contents::source).orElse("keytab " + keytab);
        Optional<Meaning> known = MEANINGS.stream().filter(it -> it.fits(said)).findFirst();
        Trouble trouble = known.map(Meaning::trouble).orElseGet(() -> Trouble.of(e));
        return new StorageUnavailable(
                trouble,
                "profile \"%s\": there is no ticket for %s: %s (%s)"
                        .formatted(
                                profile,
                                principal,
                                known.map(it -> it.says().formatted(principal, key, host))
                                        .orElseGet(() -> trouble == Trouble.OTHER
                                                ? "it is refused"
                                                : "no KDC answers; see whether it runs and krb5Conf says where"),
                                e.getClass().getSimpleName() + ": " + said),
                e);
    }

    /** As messages call it. */
    @Override
    public String toString() {
        return principal;
    }
}
